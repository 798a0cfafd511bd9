package peers

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/timestamppb"

	"holon/transport/rpc/peers/userpb"
)

// usersServer makes a fresh message for each answer, as a server does that has its accounts in its own type.
type usersServer struct {
	userpb.UnimplementedUsersServer
}

func (usersServer) Get(_ context.Context, r *userpb.GetRequest) (*userpb.User, error) {
	return &userpb.User{
		Id: r.GetId(), Name: ada.Name, Email: ada.Email,
		CreatedAt: timestamppb.New(ada.CreatedAt), UpdatedAt: timestamppb.New(ada.UpdatedAt),
		Version: ada.Version, OrderCount: ada.OrderCount, OrderTotals: ada.OrderTotals,
	}, nil
}

func serveGRPC(ln net.Listener) error {
	s := grpc.NewServer()
	userpb.RegisterUsersServer(s, usersServer{})
	return s.Serve(ln)
}

func dialGRPC(b testing.TB, addr string) (func(context.Context, string) error, func()) {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	client := userpb.NewUsersClient(conn)
	return func(ctx context.Context, id string) error {
		u, err := client.Get(ctx, &userpb.GetRequest{Id: id})
		if err != nil {
			return err
		}
		return check(u.GetId(), u.GetName(), u.GetEmail(), u.GetCreatedAt().AsTime(), u.GetUpdatedAt().AsTime(), u.GetOrderTotals())
	}, func() { _ = conn.Close() }
}
