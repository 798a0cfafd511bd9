// Package userpb is the account that every peer answers with, as grpc-go has it: generated from user.proto.
package userpb
