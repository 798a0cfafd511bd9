package registry

import (
	"errors"
	"net/netip"
	"syscall"
)

// ErrElsewhere is the answer for an address that no service has.
var ErrElsewhere = errors.New("its name stands for an address that no service has")

// metadata is the metadata service of EC2 over IPv6.
var metadata = netip.MustParseAddr("fd00:ec2::254")

// Reachable is the Control of a net.Dialer that goes where a registration says. It refuses, with ErrElsewhere, what a
// registration cannot have as an address either, and a name may stand for all the same: a machine's own metadata service, such
// as 169.254.169.254, is nobody's business.
func Reachable(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := at.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip == metadata {
		return ErrElsewhere
	}
	return nil
}
