// Package peers holds no code but benchmarks: a call of transport/rpc beside the same call of grpc-go and of net/http with
// encoding/json, each with its server in another process. It is a module of its own, so that holon does not depend on gRPC.
//
// What userpb holds beside user.proto is what protoc makes of it with --go_out and --go-grpc_out.
package peers
