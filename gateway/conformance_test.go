package gateway

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Opcodes and bits of a frame's first byte (RFC 6455, 5.2).
const (
	fin, rsv1, rsv2, rsv3         = 0x80, 0x40, 0x20, 0x10
	opMore, opText, opBinary      = 0x0, 0x1, 0x2
	opClose, opPing, opPong       = 0x8, 0x9, 0xa
	length16, length64, maskedBit = 126, 127, 0x80
)

// frame is one from a client, masked, with the length in the shortest form.
func frame(first byte, payload string) string {
	var b []byte
	switch n := len(payload); {
	case n < length16:
		b = append(b, first, maskedBit|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, first, maskedBit|length16), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, first, maskedBit|length64), uint64(n))
	}
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	b = append(b, mask[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}
	return string(b)
}

// closing is the payload of a close frame.
func closing(code uint16, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, code)) + reason
}

// wire is the far end of a connection, byte by byte.
type wire struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	json bool
}

func (w *world) wire(subprotocol, headers string) *wire {
	w.t.Helper()
	c := w.socket()
	say(w.t, c, strings.Replace(goodHead, "troupe.v1", subprotocol, 1)+headers+"\r\n")
	in := bufio.NewReader(c)
	res, err := http.ReadResponse(in, nil)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusSwitchingProtocols, res.StatusCode)
	require.Equal(w.t, subprotocol, res.Header.Get("Sec-Websocket-Protocol"))
	require.Empty(w.t, res.Header.Values("Sec-Websocket-Extensions"), "none is offered")
	require.Equal(w.t, "ICX+Yqv66kxgM0FcWaLWlFLwTAI=", res.Header.Get("Sec-Websocket-Accept"))
	return &wire{t: w.t, conn: c, in: in, json: subprotocol == protocol.SubprotocolJSON}
}

// next is the next frame, told in one word; every one must be well-formed.
func (w *wire) next() string {
	w.t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(w.in, head[:]); err != nil {
		return "end"
	}
	require.NotZero(w.t, head[0]&fin, "a server's frames are whole")
	require.Zero(w.t, head[0]&(rsv1|rsv2|rsv3))
	require.Zero(w.t, head[1]&maskedBit, "a server does not mask")
	size := uint64(head[1])
	switch size {
	case length16:
		var b [2]byte
		_, err := io.ReadFull(w.in, b[:])
		require.NoError(w.t, err)
		size = uint64(binary.BigEndian.Uint16(b[:]))
	case length64:
		require.Fail(w.t, "nothing so long is due")
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(w.in, payload)
	require.NoError(w.t, err)
	op := head[0] & 0xf
	if op >= opClose {
		require.Less(w.t, size, uint64(length16))
	}
	switch op {
	case opClose:
		if len(payload) == 0 {
			return "close"
		}
		return fmt.Sprint("close ", binary.BigEndian.Uint16(payload))
	case opPong:
		return strings.TrimSpace("pong " + hex.EncodeToString(payload))
	case opText, opBinary:
		require.Equal(w.t, w.json, op == opText)
		return w.answer(payload)
	}
	return fmt.Sprint("frame ", op)
}

func (w *wire) answer(payload []byte) string {
	codec := protocol.Binary
	if w.json {
		codec = protocol.JSON
	}
	var said []string
	require.NoError(w.t, protocol.DecodeFrames(codec, payload, func(f *troupev1.Frame) {
		a := f.GetAnswer()
		said = append(said, "answer "+a.GetRequestId()+a.GetError())
	}))
	return strings.Join(said, ", ")
}

// exchange is what a client sends, and what the server says to it.
type exchange struct {
	sent, want []string
	json       bool
}

// exchanges are the framing of RFC 6455, with the close codes of spec 18.7.
func exchanges() map[string]exchange {
	a := string(protocol.EncodeRequest(protocol.Binary, pingRequest("a")))
	b := string(protocol.EncodeRequest(protocol.Binary, pingRequest("b")))
	text := string(protocol.EncodeRequest(protocol.JSON, pingRequest("a")))
	most := strings.Repeat("p", 125)
	send := func(parts ...string) []string { return parts }
	good, bad := []string{"answer a"}, []string{"answer invalid_request"}
	broken, tooLarge := []string{"close 4504", "end"}, []string{"close 1009", "end"}
	return map[string]exchange{
		"message":                  {send(frame(fin|opBinary, a)), good, false},
		"text message":             {send(frame(fin|opText, text)), good, true},
		"two at once":              {send(frame(fin|opBinary, a), frame(fin|opBinary, b)), []string{"answer a", "answer b"}, false},
		"length in 16 bits":        {send(frame(fin|opBinary, strings.Repeat(" ", 200))), bad, false},
		"text, no UTF-8":           {send(frame(fin|opText, strings.Replace(text, `"a"`, "\"\xc0\xaf\"", 1))), bad, true},
		"empty message":            {send(frame(fin|opBinary, "")), bad, false},
		"empty text":               {send(frame(fin|opText, "")), bad, true},
		"fragments":                {send(frame(opBinary, a[:1]), frame(opMore, a[1:2]), frame(fin|opMore, a[2:])), good, false},
		"empty fragments":          {send(frame(opBinary, ""), frame(opMore, ""), frame(opMore, a), frame(fin|opMore, "")), good, false},
		"ping between fragments":   {send(frame(opBinary, a[:2]), frame(fin|opPing, "x"), frame(fin|opMore, a[2:])), []string{"pong 78", "answer a"}, false},
		"pong between fragments":   {send(frame(opBinary, a[:2]), frame(fin|opPong, "x"), frame(fin|opMore, a[2:])), good, false},
		"close between fragments":  {send(frame(opBinary, a[:2]), frame(fin|opClose, closing(1000, ""))), []string{"close 1000", "end"}, false},
		"continuation of nothing":  {send(frame(fin|opMore, a)), broken, false},
		"continuation of the last": {send(frame(fin|opBinary, a), frame(opMore, a)), append(good, broken...), false},
		"message in a message":     {send(frame(opBinary, a[:2]), frame(fin|opBinary, a)), broken, false},

		"ping":              {send(frame(fin|opPing, "")), []string{"pong"}, false},
		"ping, most":        {send(frame(fin|opPing, most)), []string{"pong " + hex.EncodeToString([]byte(most))}, false},
		"ping too long":     {send(frame(fin|opPing, most+"p")), broken, false},
		"ping in fragments": {send(frame(opPing, "x"), frame(fin|opMore, "y")), broken, false},
		"pong":              {send(frame(fin|opPong, ""), frame(fin|opPong, most), frame(fin|opBinary, a)), good, false},
		"pong too long":     {send(frame(fin|opPong, most+"p")), broken, false},

		"not masked":       {send("\x82\x01x"), broken, false},
		"ping not masked":  {send("\x89\x00"), broken, false},
		"close not masked": {send("\x88\x00"), broken, false},
		"bit 1":            {send(frame(fin|rsv1|opBinary, a)), broken, false},
		"bit 2":            {send(frame(fin|rsv2|opBinary, a)), broken, false},
		"bit 3":            {send(frame(fin|rsv3|opBinary, a)), broken, false},
		"bit of a ping":    {send(frame(fin|rsv2|opPing, "")), broken, false},

		"length below 0":    {send("\x82\xff" + strings.Repeat("\xff", 8) + "mask"), tooLarge, false},
		"longest length":    {send("\x82\xff\x7f" + strings.Repeat("\xff", 7) + "mask"), tooLarge, false},
		"lengths that wrap": {send(frame(opBinary, a[:2]), "\x80\xff\x7f"+strings.Repeat("\xff", 7)+"mask"), tooLarge, false},

		"close":               {send(frame(fin|opClose, "")), []string{"close", "end"}, false},
		"close with a reason": {send(frame(fin|opClose, closing(1000, "bye"))), []string{"close 1000", "end"}, false},
		"close, most":         {send(frame(fin|opClose, closing(3000, most[2:]))), []string{"close 3000", "end"}, false},
		"close too long":      {send(frame(fin|opClose, closing(1000, most))), broken, false},
		"close, no UTF-8":     {send(frame(fin|opClose, closing(1000, "\xc0\xaf"))), broken, false},
		"close, half a code":  {send(frame(fin|opClose, "\x03")), []string{"close", "end"}, false}, // taken for none
		"after a close":       {send(frame(fin|opClose, closing(1001, "")), frame(fin|opPing, ""), frame(fin|opBinary, a)), []string{"close 1001", "end"}, false},
	}
}

// numbers adds the opcodes that mean nothing, and close codes.
func numbers(all map[string]exchange) {
	broken := []string{"close 4504", "end"}
	for op := byte(0); op <= 0xf; op++ {
		if !slices.Contains([]byte{opMore, opText, opBinary, opClose, opPing, opPong}, op) {
			all[fmt.Sprint("opcode ", op)] = exchange{[]string{frame(fin|op, "x")}, broken, false}
		}
	}
	for _, code := range []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		all[fmt.Sprint("close ", code)] = exchange{[]string{frame(fin|opClose, closing(code, ""))}, broken, false}
	}
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		echo := []string{fmt.Sprint("close ", code), "end"}
		all[fmt.Sprint("close ", code)] = exchange{[]string{frame(fin|opClose, closing(code, ""))}, echo, false}
	}
}

// TestConformance: the framing is that of RFC 6455, in whatever pieces it comes.
func TestConformance(t *testing.T) {
	all := exchanges()
	numbers(all)
	w := newWorld(t, Config{MaxPerAddress: len(all) * 2})
	w.opener.onRequest = func(s *stubSession, r *troupev1.Request) { s.conn.Push(answerFrame(r.GetRequestId())) }
	for name, c := range all {
		t.Run(name, func(t *testing.T) { w.exchange(t, &c, false) })
		t.Run(name+", byte by byte", func(t *testing.T) { w.exchange(t, &c, true) })
	}
}

func (w *world) exchange(t *testing.T, c *exchange, bytewise bool) {
	w.t = t
	subprotocol := protocol.SubprotocolBinary
	if c.json {
		subprotocol = protocol.SubprotocolJSON
	}
	// What is offered besides is not taken.
	far := w.wire(subprotocol, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
	sent := strings.Join(c.sent, "")
	for rest, n := sent, len(sent); rest != ""; rest = rest[n:] {
		if bytewise {
			n = 1
		}
		if _, err := io.WriteString(far.conn, rest[:n]); err != nil {
			break // it has hung up
		}
	}
	got := make([]string, len(c.want))
	for i := range got {
		if got[i] = far.next(); strings.HasPrefix(got[i], "close ") {
			// Whoever is told to go hangs up; the server waits for that.
			_ = far.conn.(*net.TCPConn).CloseWrite()
		}
	}
	require.Equal(t, c.want, got)
	if got[len(got)-1] != "end" {
		say(t, far.conn, frame(fin|opClose, closing(1000, "")))
		require.Equal(t, "close 1000", far.next(), "nothing else is said")
		require.Equal(t, "end", far.next())
	}
}
