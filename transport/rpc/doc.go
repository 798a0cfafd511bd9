// Package rpc carries calls from one module to another: a client bound to its caller on one side, the owner's handler
// on the other, the same guards between them wherever the owner runs. It knows methods and nothing of any module, and
// it is not for the public: that is transport/web.
package rpc
