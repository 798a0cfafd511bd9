// Package configs is what a node is told before it starts: typed settings, their defaults, and a loader that takes
// each setting from the strongest place that names it (flag, then HOLON_* variable, then file, then default) and
// refuses whatever it does not understand. It names no module: a module declares a struct of its own settings, and
// the caller hands it in as a Section under the module's name.
//
// A setting is a field of a struct with two tags, yaml:"addr" for its name and help:"..." for the sentence that every
// listing of settings shows. A third, secret:"true", keeps its value out of every output. Its type is string, bool, an
// int type, float64, time.Duration, Bytes, []string, any type that reads and writes itself as text, a struct of
// further settings, or a slice of such structs, which only a file can give. From the path of names follows what the setting is called everywhere: http.addr in the file is
// HOLON_HTTP_ADDR in the environment and, for the node's own settings, --http-addr on the command line.
package configs
