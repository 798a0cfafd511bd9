package web

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookAgain is how often the files of a certificate are looked at, at most.
const lookAgain = time.Second

// Certificate is a certificate and its key in two PEM files. New ones are taken up by themselves; a pair that cannot be used
// leaves the old one in place.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamps [2]time.Time
	looked time.Time
}

// LoadCertificate reads the files. log is told of later pairs that are no good.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, looked: time.Now()}
	c.stamps = c.stampsNow()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s with the key %s: %w", certFile, keyFile, err)
	}
	c.pair = &pair
	return c, nil
}

// Config is that of a server which shows the certificate.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookAgain {
		return c.pair, nil
	}
	c.looked = time.Now()
	stamps := c.stampsNow()
	if stamps == c.stamps {
		return c.pair, nil
	}
	c.stamps = stamps
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil { // perhaps only one of the two has been written yet
		c.log.Warn("new certificate not used, going on with the old one", "file", c.certFile, "err", err)
		return c.pair, nil
	}
	c.pair = &pair
	c.log.Info("new certificate in use", "file", c.certFile)
	return c.pair, nil
}

// stampsNow are when the files were written, the zero time for one that is not there.
func (c *Certificate) stampsNow() (stamps [2]time.Time) {
	for i, path := range [...]string{c.certFile, c.keyFile} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = info.ModTime()
		}
	}
	return stamps
}
