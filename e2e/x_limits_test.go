package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// told is what a profile tells clients.
func told(l *config.Limits) *troupev1.Limits {
	return &troupev1.Limits{
		Profile: l.Profile, RequestBytes: uint32(l.RequestBytes), FrameBytes: 1 << 20,
		RequestsPerS: uint32(l.RequestsPerSecond), RequestsBurst: uint32(l.RequestsBurst),
		RequestsUnanswered: uint32(l.RequestsUnanswered),
		MessagesPerS:       uint32(l.MessagesPerSecond), MessagesBurst: uint32(l.MessagesBurst),
		QueueFrames: uint32(l.QueueFrames), QueueBytes: uint32(l.QueueBytes),
		MessageBytes: uint32(l.MessageBytes), AttachGroups: uint32(l.AttachGroups), ResumeFrames: uint32(l.ResumeFrames),
	}
}

// narrow is a profile of a deployment's own.
func narrow(c *config.Config) {
	c.Limits.Profile = "narrow"
	c.Limits.RequestBytes, c.Limits.MessageBytes = 20<<10, 1000
	c.Limits.RequestsPerSecond, c.Limits.RequestsBurst = 40, 60
	c.Limits.MessagesPerSecond, c.Limits.MessagesBurst = 2, 3
	c.Limits.AttachGroups, c.Limits.ResumeFrames = 2, 1
	c.Limits.QueueFrames, c.Limits.QueueBytes = 100, 100<<10
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("X-104", func(t *testing.T) {
		for name, profile := range map[string]func(*config.Config){
			"default": func(c *config.Config) { c.Limits = config.Default().Limits }, "narrow": narrow,
		} {
			for _, codec := range codecs {
				w := newWorld(t, profile)
				p := w.dial(codec)
				got := p.ok(&troupev1.Login{UserId: "alice"}).GetLogin().GetLimits()
				require.Equal(t, name, got.GetProfile())
				require.True(t, proto.Equal(told(&w.cfg.Limits), got), "%v", got)
				w.device("host", "").create(troupev1.Kind_KIND_LIVESTREAM, "show")
				guest := w.dial(codec).ok(&troupev1.GuestJoin{GroupId: "show"}).GetGuestJoin().GetLimits()
				require.True(t, proto.Equal(got, guest), "%v", guest)
			}
		}

		w := newWorld(t, narrow)
		p := w.users("alice", "bob", "out")
		alice, bob, out := p[0], p[1], p[2]
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
		epoch := bob.attachFrom("g", 1, "").GetEpoch()
		silent(p...)
		w.advance(time.Minute)

		refusedQuietly(alice, 80002, text("g", strings.Repeat("x", 1001)))
		w.advance(time.Minute)
		for range 3 {
			alice.ok(text("g", strings.Repeat("x", 1000)))
		}
		require.Positive(t, alice.code(10006, text("g", "the fourth at once")).GetDetails().GetRetryAfterMs())
		w.advance(500 * time.Millisecond)
		alice.ok(text("g", "half a second later"))
		bob.hear().exactly(counts{messages: 4})

		three := []*troupev1.GroupFrom{{GroupId: "g"}, {GroupId: "h"}, {GroupId: "i"}}
		require.Equal(t, "groups", alice.code(10004, &troupev1.Attach{Groups: three}).GetDetails().GetField())
		alice.ok(&troupev1.Attach{Groups: three[:2]})
		require.EqualValues(t, 4, bob.attachFrom("g", 3, epoch).GetGap().GetFrom(), "two are more than is sent")
		require.Nil(t, bob.attachFrom("g", 4, epoch).GetGap())
		require.Equal(t, []uint64{5}, seqs(bob.hear().exactly(counts{messages: 1}).messages))

		w.advance(time.Minute)
		fast := w.dial(protocol.Binary)
		fast.post(70, ping)
		list := fast.answers(70)
		require.Len(t, coded(list, 0), 60)
		later(t, coded(list, 10006))
		require.NoError(t, fast.conn.SendRaw(make([]byte, 20<<10+1)))
		require.Equal(t, protocol.CloseTooLarge, fast.ending().code)
		silent(alice, bob, out)
	})

	t.Run("X-105", func(t *testing.T) {
		// The profile as such is good.
		w := newWorld(t, narrow)
		require.Equal(t, "narrow", w.dial(protocol.Binary).ok(&troupev1.Login{UserId: "alice"}).GetLogin().GetLimits().GetProfile())
		for line, names := range map[string]string{
			"requests_per_s: 50\n  requests_burst: 49":     "limits.requests_burst",
			"messages_per_s: 10\n  messages_burst: 9":      "limits.messages_burst",
			"request_bytes: 20KiB\n  message_bytes: 17KiB": "limits.message_bytes",
			"ping_after: 30s\n  silent_after: 30s":         "limits.silent_after",
			"remember_requests: 1m\n  remember_live: 2m":   "limits.remember_live",
			"queue_frames: 15":                             "limits.queue_frames",
			"queue_bytes: 15KiB":                           "limits.queue_bytes",
			"login_within: 0s":                             "limits.login_within",
			"devices_per_user: 0":                          "limits.devices_per_user",
			"profile: ''":                                  "limits.profile",
		} {
			dir := t.TempDir()
			file := filepath.Join(dir, "troupe.yaml")
			require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "limits:\n  %s\n", line), 0o600))
			data := filepath.Join(dir, "data")
			cmd := exec.Command(binary(t), "serve", "--dev", "--addr", "127.0.0.1:0", "--data", data, "--config", file)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "%s: %s", line, out)
			require.Equal(t, 2, exit.ExitCode(), "%s", out)
			require.Contains(t, string(out), names+":")
			require.NotContains(t, string(out), "listens on")
			require.NoDirExists(t, data, "nothing was begun")
		}
	})
}
