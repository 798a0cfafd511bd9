// Package watch tells many watchers what changes in the catalogue, as server-sent events: first all there is, then each
// change. It follows the registry once for all of them, while there are any, and encodes each change once. It is the edge's
// part of watching; what there is to tell, the registry nodes know.
package watch
