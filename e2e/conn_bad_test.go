package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// sized puts the length before a frame.
func sized(frame []byte) string {
	return string(protowire.AppendVarint(nil, uint64(len(frame)))) + string(frame)
}

// field is one field of a frame.
func field(n protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), value)
}

const pingField, unknownField = 12, 5000

// badInput is one WebSocket message and what is said of it.
type badInput struct {
	name, message string
	code          int32
	id, field     string
}

func badJSON() []badInput {
	const conv = `"conversation": {"type": "group", "id": "hall"}`
	deep := strings.Repeat(`{"a": `, 20) + "1" + strings.Repeat(`}`, 20)
	return []badInput{
		{"empty", "", 20001, "", ""},
		{"no JSON", "hello", 20001, "", ""},
		{"cut off", `{"request_id": "x", "ping": {`, 20001, "x", ""},
		{"text that is not UTF-8", `{"request_id": "x", "send_message": {` + conv + `, "elements": [{"text": {"text": "` + "\xff\xfe" + `"}}]}}`, 20001, "x", ""},
		{"lone surrogate", `{"request_id": "x", "send_message": {` + conv + `, "elements": [{"text": {"text": "\ud800"}}]}}`, 20001, "x", ""},
		{"unknown field of an operation", `{"request_id": "x", "leave_group": {"group_id": "hall", "quietly": true}}`, 10004, "x", "quietly"},
		{"unknown field of a request", `{"request_id": "x", "priority": 1, "ping": {}}`, 20001, "x", "priority"},
		{"unknown operation", `{"request_id": "n", "list_groups": {}}`, 20001, "n", "list_groups"},
		{"two operations", `{"request_id": "x", "ping": {}, "logout": {}}`, 20001, "x", ""},
		{"no operation", `{"request_id": "x"}`, 20001, "x", ""},
		{"null", `{"request_id": "x", "leave_group": null}`, 20001, "x", ""},
		{"wrong type", `{"request_id": "x", "leave_group": {"group_id": 7}}`, 10004, "x", "group_id"},
		{"wrong type in a list", `{"request_id": "x", "kick_members": {"group_id": "hall", "user_ids": ["bob", 7]}}`, 10004, "x", "user_ids[1]"},
		{"nested too deep", `{"request_id": "x", "priority": ` + deep + `}`, 20001, "x", ""},
		{"name twice", `{"request_id": "x", "leave_group": {"group_id": "hall", "group_id": "hall"}}`, 20001, "x", ""},
		{"text behind it", `{"request_id": "x", "ping": {}} and more`, 20001, "x", ""},
		{"no request id", `{"ping": {}}`, 10004, "", "request_id"},
		{"request id too long", `{"request_id": "` + strings.Repeat("x", 37) + `", "ping": {}}`, 10004, "", "request_id"},
	}
}

func badBinary() []badInput {
	text := field(1, "\xff\xfe")
	return []badInput{
		{"empty", "", 20001, "", ""},
		{"length beyond the end", "\x7fabc", 20001, "", ""},
		{"no protobuf", "\x03\xff\xff\xff", 20001, "", ""},
		{"text that is not UTF-8", sized(append(field(1, "x"), field(39, string(field(2, string(field(1, string(text))))))...)), 20001, "x", ""},
		{"unknown operation", sized(append(field(1, "x"), field(unknownField, "")...)), 20001, "x", ""},
		{"no operation", sized(field(1, "x")), 20001, "x", ""},
		{"no request id", sized(field(pingField, "")), 10004, "", "request_id"},
		{"request id too long", sized(append(field(1, strings.Repeat("x", 37)), field(pingField, "")...)), 10004, "", "request_id"},
	}
}

// What cannot be understood is answered so, the connection goes on, and nobody
// else notices.
func TestConnBadInput(t *testing.T) {
	t.Parallel()
	for codec, list := range map[protocol.Codec][]badInput{protocol.JSON: badJSON(), protocol.Binary: badBinary()} {
		h := newHall(t, server.Options{})
		for _, c := range list {
			t.Run(codec.String()+" "+c.name, func(t *testing.T) {
				p := h.dial(codec)
				p.ok(&troupev1.Login{UserId: "eve"})
				p.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
				require.NoError(t, p.conn.SendRaw([]byte(c.message)))
				a := p.answers(1)[0]
				require.Equal(t, c.code, a.GetCode(), "%v", a)
				require.Equal(t, c.id, a.GetRequestId())
				require.NotEmpty(t, a.GetError())
				require.NotEmpty(t, a.GetMessage())
				if c.field != "" {
					require.Equal(t, c.field, a.GetDetails().GetField())
				}
				p.ok(&troupev1.Ping{})
				h.goesOn()
				p.hear().exactly(counts{messages: 1})
				p.cut()
				forget(h.eve)
			})
		}
	}
}

// Unknown fields of protobuf are passed over, as newer clients may send them.
func TestConnUnknownField(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{})
	frame := append(protocol.EncodeRequest(protocol.Binary, request(text(h.g, "from the future")))[1:], field(unknownField, "?")...)
	require.NoError(t, h.eve.conn.SendRaw([]byte(sized(frame))))
	require.Zero(t, h.eve.answers(1)[0].GetCode())
	heard := h.bob.hear().exactly(counts{messages: 1})
	require.Equal(t, "from the future", heard.messages[0].GetElements()[0].GetText().GetText())
	forget(h.alice)
	h.goesOn()
}

// One WebSocket message holds a hundred requests at most: those are carried
// out, what is behind them is not read.
func TestConnManyRequests(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			p := h.dial(codec)
			p.ok(&troupev1.Ping{})
			var message []byte
			for range 150 {
				req := ping(0)
				message = append(append(message, protocol.EncodeRequest(codec, req)...), map[protocol.Codec]string{protocol.JSON: "\n"}[codec]...)
			}
			require.NoError(t, p.conn.SendRaw(message))
			list := p.answers(101)
			require.Len(t, coded(list, 0), 100)
			require.Len(t, coded(list, 20001), 1)
			p.ok(&troupev1.Ping{})
			h.goesOn()
		})
	}
}

// Before a login nothing is said about parameters, and nothing is done.
func TestConnBeforeLogin(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			p := h.dial(codec)
			for _, op := range []proto.Message{
				text(h.g, "let me in"), text("", ""), &troupev1.DismissGroup{GroupId: h.g}, &troupev1.KickMembers{},
				&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}, &troupev1.GetGroupHistory{GroupId: h.g}, &troupev1.Logout{},
			} {
				require.Equal(t, "not_logged_in", p.code(11030, op).GetError())
			}
			p.code(20001, &troupev1.GuestLeave{})
			silent(p)
			h.goesOn()
			silent(p)
		})
	}
}

// The same request of the same user is the same request on each of its devices;
// another user's with that id is another one.
func TestConnReplayedRequest(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			other := h.dial(codec)
			other.ok(&troupev1.Login{UserId: "eve"})
			send := request(text(h.g, "once"))
			first := h.eve.send(send).GetSendMessage()
			require.EqualValues(t, 2, first.GetSeq())
			again := other.send(send).GetSendMessage()
			require.Equal(t, []any{first.GetSeq(), first.GetTime()}, []any{again.GetSeq(), again.GetTime()})
			h.bob.hear().exactly(counts{messages: 1})

			mine := request(text(h.g, "mine"))
			mine.RequestId = send.GetRequestId()
			require.EqualValues(t, 3, h.bob.send(mine).GetSendMessage().GetSeq())
			heard := h.alice.hear().exactly(counts{messages: 2})
			require.Equal(t, "mine", heard.messages[1].GetElements()[0].GetText().GetText())
			h.goesOn()
		})
	}
}

// Nobody comes in with a token that is not right in every respect, nor learns
// what is wrong with it; only who has the right one hears that it is over.
func TestConnForgedToken(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{}, signed)
	good := h.token("eve", time.Hour)
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	elsewhere := &world{t: t, clock: h.clock}
	signed(&elsewhere.cfg)
	elsewhere.cfg.Auth.Skew = h.cfg.Auth.Skew
	elsewhere.cfg.Auth.Keys[0].Value = "another secret of thirty-two characters"
	otherApp := &world{t: t, clock: h.clock}
	signed(&otherApp.cfg)
	otherApp.cfg.App.ID = "other"
	old := h.token("eve", time.Second)
	h.advance(time.Second)
	for _, c := range []struct {
		name, token string
		code        int32
	}{
		{"no token at all", "nonsense", 20002},
		{"other key", elsewhere.token("eve", time.Hour), 20002},
		{"other application", otherApp.token("eve", time.Hour), 20002},
		{"other user's", h.token("bob", time.Hour), 20002},
		{"unsigned", encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".", 20002},
		{"signature cut off", parts[0] + "." + parts[1] + ".", 20002},
		{"claims changed", parts[0] + "." + encode([]byte(strings.Replace(string(claims), "eve", "bob", 1))) + "." + parts[2], 20002},
		{"too long", good + strings.Repeat("A", 9000), 20002},
		{"over", old, 70001},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, codec := range codecs {
				p := h.dial(codec)
				user := "eve"
				if c.name == "claims changed" {
					user = "bob"
				}
				a := p.code(c.code, &troupev1.Login{AppId: "hall", UserId: user, Token: c.token})
				require.Empty(t, a.GetDetails().GetField())
				p.code(11030, text(h.g, "may I"))
				p.ok(&troupev1.Login{AppId: "hall", UserId: "eve", Token: good})
				p.cut()
			}
			h.goesOn()
			forget(h.eve)
		})
	}
}
