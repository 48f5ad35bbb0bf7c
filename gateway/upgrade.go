package gateway

import (
	"bufio"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/protocol"
)

// upgrader makes WebSocket connections of HTTP requests.
type upgrader struct {
	ws      websocket.Upgrader
	origins []string
	buffer  int
}

// subprotocols in order of preference, if a client offers both.
var subprotocols = []string{protocol.SubprotocolBinary, protocol.SubprotocolJSON}

func newUpgrader(cfg *Config) *upgrader {
	u := &upgrader{origins: cfg.Origins, buffer: cfg.ReadBuffer}
	u.ws = websocket.Upgrader{
		HandshakeTimeout: cfg.HandshakeTimeout,
		// Zero, so that the reader made in Hijack is used.
		ReadBufferSize:  0,
		WriteBufferSize: 1024,
		WriteBufferPool: &sync.Pool{},
		Subprotocols:    subprotocols,
		CheckOrigin:     u.originAllowed,
	}
	return u
}

// originAllowed: programs send no Origin, browsers always do.
func (u *upgrader) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if slices.ContainsFunc(u.origins, func(o string) bool { return o == "*" || strings.EqualFold(o, origin) }) {
		return true
	}
	parsed, err := url.Parse(origin)
	return err == nil && strings.EqualFold(parsed.Host, r.Host)
}

// upgrade answers the handshake. An error was answered already.
func (u *upgrader) upgrade(w http.ResponseWriter, r *http.Request) (*websocket.Conn, *inlet, error) {
	h := hijacker{ResponseWriter: w, buffer: u.buffer}
	ws, err := u.ws.Upgrade(&h, r, nil)
	if err != nil {
		return nil, nil, err
	}
	h.in.upgraded = true
	return ws, h.in, nil
}

// hijacker hands the WebSocket library a connection it cannot write to after
// the upgrade, and a small buffer to read through.
type hijacker struct {
	http.ResponseWriter
	buffer int
	in     *inlet
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if r, ok := conn.(*replayed); ok && len(r.ahead) == 0 {
		conn = r.Conn
	}
	h.in = &inlet{replayed: replayed{Conn: conn}}
	if rw.Reader.Buffered() == 0 {
		// Else the library refuses the handshake: the client was too early.
		h.in.buffered = bufio.NewReaderSize(h.in, h.buffer)
		rw.Reader = h.in.buffered
	}
	return h.in, rw, nil
}

// serveSocket is the handler of /ws for the handshakes that net/http reads. It
// returns as soon as the reader runs, so that net/http lets go of the request
// and its buffers.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			s.defect(p)
			panic(http.ErrAbortHandler) // net/http hangs up
		}
	}()
	no, seated := s.seat(w, r)
	switch {
	case seated:
	case no.status == 0:
		s.metrics.upgrades[s.upgradeFault(r)].Inc()
	default:
		s.refuse(w, no)
	}
}

// refusal is why a handshake comes to nothing. Without a status the WebSocket
// library has answered it.
type refusal struct {
	result, limit string
	status        int
	text          string
}

// seat upgrades a socket and opens a connection on it. If it may not, nothing
// has happened.
func (s *Server) seat(w http.ResponseWriter, r *http.Request) (no refusal, seated bool) {
	p := place{edge: s.edge, remote: clientAddr(r, s.edge.cfg.TrustedProxies)}
	// Counted before draining is asked, so that a drain misses none.
	open := s.edge.open.Add(1)
	// Also after a panic: a stop would wait for this one.
	defer p.giveBack()
	if no = s.judge(r, p.remote, open); no.status != 0 {
		return no, false
	}
	inAddress := p.enter()
	most := s.edge.cfg.MaxPerAddress
	// Some are upgraded to be told why; many more are not worth it.
	if inAddress > most+most/4+1 {
		return refusal{upgradeAddress, limitAddress, http.StatusServiceUnavailable, "too many connections from this address"}, false
	}
	ws, in, err := s.upgrader.upgrade(w, r)
	if err != nil {
		return refusal{}, false
	}
	c := s.connection(ws, in, p.remote)
	if inAddress > most {
		s.metrics.refusals[limitAddress].Inc()
		s.metrics.upgrades[upgradeAddress].Inc()
		c.Close(protocol.CloseOverloaded, "too many connections from this address")
	} else {
		s.metrics.upgrades[upgradeOK].Inc()
		s.open(c)
	}
	p.kept = true
	c.listen()
	return refusal{}, true
}

func (s *Server) upgradeFault(r *http.Request) string {
	if websocket.IsWebSocketUpgrade(r) && !s.upgrader.originAllowed(r) {
		return upgradeOrigin
	}
	return upgradeBad
}

// judge says whether a handshake is worth any work. open counts this one too.
func (s *Server) judge(r *http.Request, remote netip.Addr, open int64) refusal {
	no := unfit(r)
	switch {
	case s.draining.Load():
		return refusal{upgradeDraining, "", http.StatusServiceUnavailable, "stopping"}
	case s.deps.Ready() != nil:
		return refusal{upgradeNotReady, "", http.StatusServiceUnavailable, "not ready"}
	case s.deps.Banned != nil && remote.IsValid() && s.deps.Banned(remote):
		return refusal{upgradeBanned, "", http.StatusForbidden, "banned"}
	case no.status != 0:
		return no
	case !offersSubprotocol(r):
		return refusal{upgradeSubprotocol, "", http.StatusBadRequest, "offer one of the subprotocols " + strings.Join(subprotocols, ", ")}
	case open > int64(s.maxConnections):
		return refusal{upgradeFull, limitFull, http.StatusServiceUnavailable, "too many connections"}
	}
	return refusal{}
}

// version is the version of the WebSocket protocol (RFC 6455).
const version = "13"

// unfit says what is wrong with a handshake (RFC 6455, 4.2.1) that the library
// would pass over, or would not say.
func unfit(r *http.Request) refusal {
	more := func(name string) bool { return len(r.Header[name]) > 1 }
	switch {
	case !websocket.IsWebSocketUpgrade(r) || r.Method != http.MethodGet:
	case !r.ProtoAtLeast(1, 1), r.ContentLength != 0,
		more("Origin"), more("Sec-Websocket-Key"), more("Sec-Websocket-Version"):
		return refusal{upgradeBad, "", http.StatusBadRequest, "not a WebSocket handshake"}
	case r.Header.Get("Sec-Websocket-Version") != version:
		return refusal{upgradeBad, "", http.StatusUpgradeRequired, "speak version " + version + " of WebSocket"}
	}
	return refusal{}
}

// offersSubprotocol: what is no handshake at all is left to the library. Offers
// on several lines are one list (RFC 6455, 11.3.4), of which the library would
// see the first.
func offersSubprotocol(r *http.Request) bool {
	if !websocket.IsWebSocketUpgrade(r) {
		return true
	}
	if lines := r.Header["Sec-Websocket-Protocol"]; len(lines) > 1 {
		r.Header["Sec-Websocket-Protocol"] = []string{strings.Join(lines, ",")}
	}
	return slices.ContainsFunc(websocket.Subprotocols(r), func(p string) bool { return slices.Contains(subprotocols, p) })
}

// refuse answers a handshake with an HTTP error.
func (s *Server) refuse(w http.ResponseWriter, no refusal) {
	s.metrics.upgrades[no.result].Inc()
	if no.limit != "" {
		s.metrics.refusals[no.limit].Inc()
	}
	switch no.status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(s.retryAfter()))
	case http.StatusUpgradeRequired:
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-Websocket-Version", version)
	}
	http.Error(w, no.text, no.status)
}
