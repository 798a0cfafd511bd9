//go:build linux

package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// onThisThread makes a request over a connection of its own. An http.Client dials on a thread that may be in another network.
func onThisThread(addr, method, path, token, body string) (code int, raw []byte, err error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return 0, nil, err
	}
	q, err := http.NewRequest(method, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	q.Close = true
	q.Header.Set("Content-Type", "application/json")
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	if err := q.Write(conn); err != nil {
		return 0, nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), q)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}

// loopbackAddress is "ip address add IP/32 dev lo", or del. With its address a node loses all that it says to others and hears
// of them, also on connections that are open.
func loopbackAddress(alias byte, ip [4]byte, up bool) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	name := "lo:" + string('0'+rune(alias))
	if !up {
		return interfaceFlags(fd, name, 0)
	}
	for _, set := range []struct {
		request uintptr
		value   [4]byte
	}{{syscall.SIOCSIFADDR, ip}, {syscall.SIOCSIFNETMASK, [4]byte{255, 255, 255, 255}}} {
		var r struct { // struct ifreq with ifr_addr
			name [syscall.IFNAMSIZ]byte
			addr syscall.RawSockaddrInet4
			_    [8]byte
		}
		copy(r.name[:], name)
		r.addr.Family, r.addr.Addr = syscall.AF_INET, set.value
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), set.request, uintptr(unsafe.Pointer(&r))); errno != 0 {
			return errno
		}
	}
	return nil
}

func interfaceFlags(fd int, name string, flags uint16) error {
	var r struct { // struct ifreq with ifr_flags
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(r.name[:], name)
	r.flags = flags
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&r))); errno != 0 {
		return errno
	}
	return nil
}
