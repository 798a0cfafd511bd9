// Package limit keeps a gateway and what is behind it from having more to do than they can: Rates limits how often each
// client comes, Concurrency how many requests one target has at once. It is arithmetic over keys, classes and times and
// knows no HTTP; what it decides the caller tells its client.
//
// # Rates
//
// A token bucket for each policy and key, kept as one time (GCRA; bucket.go), in a table of fixed size whose places are
// taken from the keys that have used least of their burst (table.go; Rates has what that costs). Gateways do not ask each
// other: each allows its share.
//
// # Concurrency
//
// How many requests a target bears at once nobody knows, and it changes. What can be seen is how long it takes: as soon as
// requests wait in it, they take longer. The limit is moved window by window (window.go), a tenth of a second or as long
// as an answer takes, by the average latency of the requests that began in it against the latency without load:
//
//   - Under 1.2 times as long nobody waits, and the limit grows by half.
//   - Up to 1.5 times it grows by 2/3 of its square root, and from there it is divided by how much it is over, plus the
//     same step. Under a load that does not end it comes to rest at about 1.6 times the unloaded latency: the target is
//     always busy, and a request waits for little more than half of what it takes anyway.
//   - Over 2.25 times it stays until the next measurement. A target that has become slower by itself is no overload, and
//     a limit that followed the gradient would be at its minimum before that was known.
//   - A target that has fewer requests than half of the limit is not busy. The limit stays, and what it takes is the
//     unloaded latency, whatever that is. So the limit is about twice of what was ever needed, and a step in the load finds
//     room; the price is that a sudden overload has that much room too, for up to five seconds.
//   - A tenth of the answers dropped (503, or not in time) cuts the limit at once by a tenth of the requests there were, and
//     by more if that does not help (ceiling.go).
//
// This is the gradient of Netflix's concurrency-limits (Gradient2Limit, 2018) and Envoy's adaptive_concurrency filter with
// three differences, each of which a simulation asked for. Gradient2's long average follows an overload that lasts, and
// the limit with it; so the unloaded latency is measured as Envoy does it, by holding back, but by halves and only as far
// as that helps (probe.go), and at the same moment in all gateways (clock.go): one alone would measure what the others
// make it wait. Where all answers come fast nothing is measured. And what an average may be off by chance, its standard
// error, counts neither for growing latency nor for falling: where one request in ten takes two hundred times as long as
// the others, any other limit would shrink for nothing. Dropped requests are TCP's business (slow start and ssthresh,
// RFC 5681).
//
// What that gives, by the simulations in overload_test.go. The target, if nothing else is said, has 50 slots of 20 ms and a
// queue without end.
//
//	three times the load, for a minute        98 % of the capacity, 33 ms on average; 0 refused a second after it
//	the same, by all classes                  critical 0, write 3 %, read 82 %, anonymous nearly all refused
//	exponential times; one in ten of 191 ms   98 %; 96 %
//	503 when full                             95 %, 8 dropped a second of 2,380 served
//	ten times slower for 10 s, then healed    98 % of what it then can, nothing late; at half load 0 refused within 2 s
//	hangs for 5 s                             352 wait in vain of 6,250; back within 2 s
//	10 requests a second                      0 refused
//	60 clients at once                        49 refused in the first second, then none
//	100 clients of a service that takes 0.5 s 0 refused after 3 s: the limit grows by half in each 0.6 s
//	three gateways, three times the load      each between a half and one and a half of its part, 35 ms
//
// Prices. A measurement costs a few hundredths of the capacity for three to five latencies, every 5 s under overload, less
// often where answers take over 0.1 s. Gateways whose clocks differ by more than their latency measure each other, and
// divide the target unevenly. A target that answers slower because of others' load is measured as slow by nature: it has
// to say 503.
//
// A request for which there is no room waits up to 50 ms, of up to 16, newest first and the important ones before all;
// then it is refused. Less important classes may fill only a part of the limit, so that there is room for the others.
package limit
