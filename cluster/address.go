package cluster

import "fmt"

// SetAddr says where others call this node, host:port of the node port, which is open by now. It comes before Start.
func (c *Cluster) SetAddr(addr string) error {
	if err := checkAddr(addr); err != nil {
		return fmt.Errorf("node address: %w", err)
	}
	own := c.roster.own().record
	own.addr = addr
	if err := own.fits(); err != nil {
		return err
	}
	c.p.Addr = addr
	c.roster.edit(func(r *record) { r.addr = addr })
	return nil
}

// SetBind has Start listen at another address, ip:port, before it is called or after a *BindError.
func (c *Cluster) SetBind(addr string) error {
	p := c.p
	p.Bind = addr
	if err := p.checkBind(); err != nil {
		return err
	}
	c.p.Bind = addr
	return nil
}
