package gateway

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"time"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Config is the deployment's settings of the edge. The zero value of every
// number and duration means its default, so the zero Config is usable. It is
// read-only after New.
type Config struct {
	// Origins that browsers may connect from, as "https://chat.example.com".
	// "*" allows all. Requests without Origin and those from the server's own
	// host always pass. Default none.
	Origins []string
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	// Default none.
	TrustedProxies []netip.Prefix
	// TLS, if set, makes Serve speak TLS. NextProtos is replaced, as only
	// HTTP/1.1 can be upgraded.
	TLS *tls.Config
	// AdminOnlyMetrics leaves /metrics out of Handler; AdminHandler has it always.
	AdminOnlyMetrics bool

	// MaxConnections bounds WebSocket connections; beyond: HTTP 503. Default:
	// the process's limit of open files less FileMargin.
	MaxConnections int
	// FileMargin is how many open files are kept for all else. Default 512.
	FileMargin int
	// MaxPerAddress bounds connections per client address (IPv6: per /64
	// network); beyond: close 1013. Default 200.
	MaxPerAddress int
	// MaxHandshakes bounds sockets that are no WebSocket connections yet; others
	// wait to be accepted. At most three quarters of FileMargin, so that silent
	// ones cannot take all open files. Default 256, or half of FileMargin.
	MaxHandshakes int
	// YieldAfter: when all those places are taken, the socket whose client has
	// been waited for longest is closed, if for so long. Default 1 s.
	YieldAfter time.Duration
	// MaxTLSHandshakes bounds TLS handshakes computed at once; others wait.
	// Default 2 per core.
	MaxTLSHandshakes int

	// FrameBytes bounds a message from a client; beyond: close 1009. Default
	// 65536, at least 1024.
	FrameBytes int
	// RequestsPerSecond and RequestsBurst are the credits of a connection;
	// beyond: rate_limited. Default 50 and 100.
	RequestsPerSecond, RequestsBurst int
	// TooFastAfter: refused for longer than this: close 4002. Default 10 s.
	TooFastAfter time.Duration
	// Malformed is the malformed frame that closes a connection (4504). Default 3.
	Malformed int

	// QueueFrames and QueueBytes bound what waits for a connection. Default 256
	// and 262144.
	QueueFrames, QueueBytes int
	// RecoverAfter: below a quarter for so long: one level up. Default 5 s.
	RecoverAfter time.Duration
	// BlockedAfter: nothing taken for so long: level pull. Default 10 s.
	BlockedAfter time.Duration
	// BlockedClose: nothing taken in pull for so long: close 4001. Default 30 s.
	BlockedClose time.Duration
	// RoomSkippedAfter: numbers left out are named alone after so long. Default 1 s.
	RoomSkippedAfter time.Duration

	// PingAfter and SilentAfter: a connection silent for so long gets a ping,
	// and close 4000. Default 30 s and 60 s.
	PingAfter, SilentAfter time.Duration
	// LoginWithin: no login for so long: close 4500. Default 10 s.
	LoginWithin time.Duration

	// DrainWindow is the time over which an orderly stop spreads its closes,
	// AnswerWait how long one waits for answers in hand, ReturnWindow the time
	// after the drain over which clients come back. Default 10 s, 5 s, 30 s.
	DrainWindow, AnswerWait, ReturnWindow time.Duration

	// CloseTimeout is how long a closing connection may take to send what
	// waits and the client to answer the close. Default 2 s.
	CloseTimeout time.Duration
	// HeaderTimeout bounds reading a request; writing the answer to one that is no
	// handshake may take twice as long. HandshakeTimeout bounds that of TLS and the
	// upgrade. Default 5 s and 10 s.
	HeaderTimeout, HandshakeTimeout time.Duration
	// HeaderBytes bounds a request's head. Default 8192.
	HeaderBytes int
	// ReadBuffer is the size of a connection's read buffer in bytes, 257 to
	// 4096. Default 272: requests are short, and it is memory of every connection.
	ReadBuffer int
	// SendBuffer is the size of the kernel's send buffer per connection in
	// bytes. Default: the system's.
	SendBuffer int
	// Sweepers is the number of goroutines that keep heartbeats. Default 2 per core.
	Sweepers int
}

func or[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// withDefaults fills in what is zero; MaxConnections stays.
func (c Config) withDefaults() Config {
	or(&c.FileMargin, 512)
	or(&c.MaxPerAddress, 200)
	or(&c.MaxHandshakes, min(256, max(c.FileMargin/2, 1)))
	or(&c.YieldAfter, time.Second)
	or(&c.MaxTLSHandshakes, 2*runtime.GOMAXPROCS(0))
	or(&c.FrameBytes, 64<<10)
	or(&c.RequestsPerSecond, 50)
	or(&c.RequestsBurst, 100)
	or(&c.TooFastAfter, 10*time.Second)
	or(&c.Malformed, 3)
	or(&c.QueueFrames, 256)
	or(&c.QueueBytes, 256<<10)
	or(&c.RecoverAfter, 5*time.Second)
	or(&c.BlockedAfter, 10*time.Second)
	or(&c.BlockedClose, 30*time.Second)
	or(&c.RoomSkippedAfter, time.Second)
	or(&c.PingAfter, 30*time.Second)
	or(&c.SilentAfter, 60*time.Second)
	or(&c.LoginWithin, 10*time.Second)
	or(&c.DrainWindow, 10*time.Second)
	or(&c.AnswerWait, 5*time.Second)
	or(&c.ReturnWindow, 30*time.Second)
	or(&c.CloseTimeout, 2*time.Second)
	or(&c.HeaderTimeout, 5*time.Second)
	or(&c.HandshakeTimeout, 10*time.Second)
	or(&c.HeaderBytes, 8<<10)
	or(&c.ReadBuffer, 272)
	or(&c.Sweepers, 2*runtime.GOMAXPROCS(0))
	return c
}

// Validate says what is wrong, all of it; nil if nothing is (spec 19.16).
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	least := func(name string, v, low int) {
		if v < low {
			errs = append(errs, fmt.Errorf("%s is %d, must be at least %d", name, v, low))
		}
	}
	short := func(name string, v, low time.Duration) {
		if v < low {
			errs = append(errs, fmt.Errorf("%s is %s, must be at least %s", name, v, low))
		}
	}
	least("MaxConnections", c.MaxConnections, 0)
	least("FileMargin", c.FileMargin, 0)
	least("MaxPerAddress", c.MaxPerAddress, 1)
	least("MaxHandshakes", c.MaxHandshakes, 1)
	least("MaxTLSHandshakes", c.MaxTLSHandshakes, 1)
	least("FrameBytes", c.FrameBytes, 1<<10)
	least("RequestsPerSecond", c.RequestsPerSecond, 1)
	least("RequestsBurst", c.RequestsBurst, 1)
	least("Malformed", c.Malformed, 1)
	least("QueueFrames", c.QueueFrames, 8)
	least("QueueBytes", c.QueueBytes, 8<<10)
	least("HeaderBytes", c.HeaderBytes, 1<<10)
	least("ReadBuffer", c.ReadBuffer, 257)
	least("SendBuffer", c.SendBuffer, 0)
	least("Sweepers", c.Sweepers, 1)
	if c.ReadBuffer > 4096 {
		errs = append(errs, fmt.Errorf("ReadBuffer is %d, must be at most 4096", c.ReadBuffer))
	}
	if c.MaxHandshakes > max(c.FileMargin/4*3, 1) {
		errs = append(errs, fmt.Errorf("MaxHandshakes is %d, must be at most three quarters of FileMargin, %d", c.MaxHandshakes, c.FileMargin))
	}
	short("TooFastAfter", c.TooFastAfter, time.Second)
	short("RecoverAfter", c.RecoverAfter, time.Second)
	short("BlockedAfter", c.BlockedAfter, time.Second)
	short("BlockedClose", c.BlockedClose, time.Second)
	short("RoomSkippedAfter", c.RoomSkippedAfter, time.Second)
	short("PingAfter", c.PingAfter, time.Second)
	short("SilentAfter, which must exceed PingAfter,", c.SilentAfter, c.PingAfter+time.Second)
	short("LoginWithin", c.LoginWithin, time.Second)
	short("DrainWindow", c.DrainWindow, 0)
	short("AnswerWait", c.AnswerWait, 0)
	short("ReturnWindow", c.ReturnWindow, 0)
	short("CloseTimeout", c.CloseTimeout, time.Millisecond)
	short("YieldAfter", c.YieldAfter, time.Millisecond)
	short("HeaderTimeout", c.HeaderTimeout, time.Millisecond)
	short("HandshakeTimeout", c.HandshakeTimeout, time.Millisecond)
	for _, o := range c.Origins {
		if err := checkOrigin(o); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Limits are those that the edge enforces on a connection, with defaults filled
// in, for the answers to login and guest_join (spec 19.16); the others are zero.
func (c Config) Limits() *troupev1.Limits {
	c = c.withDefaults()
	return &troupev1.Limits{
		RequestBytes:  uint32(c.FrameBytes),
		RequestsPerS:  uint32(c.RequestsPerSecond),
		RequestsBurst: uint32(c.RequestsBurst),
		QueueFrames:   uint32(c.QueueFrames),
		QueueBytes:    uint32(c.QueueBytes),
	}
}

// Heartbeat is the time after which a silent client is pinged, in seconds, for
// heartbeat_s of the same answers.
func (c Config) Heartbeat() uint32 { return uint32(c.withDefaults().PingAfter / time.Second) }

func checkOrigin(o string) error {
	if o == "*" {
		return nil
	}
	u, err := url.Parse(o)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("origin %q is not of the form https://host[:port]", o)
	}
	return nil
}
