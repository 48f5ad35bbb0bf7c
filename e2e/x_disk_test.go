package e2e

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence/bolt"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// reserve is the disk reserve of these tests, in bytes.
const reserve = 100 << 20

// newDisk is a world with a journal on a disk whose free space the test says.
func newDisk(t *testing.T) (*world, *atomic.Uint64) {
	t.Helper()
	free := new(atomic.Uint64)
	free.Store(10 * reserve)
	j, err := bolt.Open(filepath.Join(t.TempDir(), "troupe.db"), bolt.Options{
		NoSync: true, DiskReserve: reserve, InitialMmapSize: 64 << 20,
		FreeSpace: func(string) (uint64, error) { return free.Load(), nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()}), free
}

// noSpace asserts that a call was refused for want of space.
func (p *peer) noSpace(ops ...proto.Message) {
	p.t.Helper()
	for _, op := range ops {
		d := p.code(11033, op).GetDetails()
		require.Equal(p.t, "disk_full", d.GetReason(), "%T", op)
		require.Positive(p.t, d.GetRetryAfterMs())
	}
}

// page reads a page of the server, and its status.
func (w *world) page(path string) (int, string) {
	w.t.Helper()
	resp, err := http.Get(strings.Replace(strings.TrimSuffix(w.url, "/ws"), "ws://", "http://", 1) + path)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp.StatusCode, string(text)
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	t.Run("X-102", func(t *testing.T) {
		w, free := newDisk(t)
		w.known("carl", "ben")
		p := w.users("alice", "bob", "host", "ann", "root", "out")
		alice, bob, host, ann, root, out := p[0], p[1], p[2], p[3], p[4], p[5]
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob", "carl")
		alice.create(troupev1.Kind_KIND_PUBLIC, "town")
		host.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		ann.ok(&troupev1.JoinGroup{GroupId: "show"})
		w.advance(500 * time.Millisecond)
		epoch := alice.attachFrom("g", 1, "").GetEpoch()
		alice.ok(text("g", "two"))
		alice.ok(text("g", "three"))
		root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte("to all")})
		forget(p...)

		free.Store(reserve - 1)
		send := request(text("g", "four"))
		a := alice.send(send)
		require.EqualValues(t, 11033, a.GetCode())
		require.Equal(t, "disk_full", a.GetDetails().GetReason())
		status, body := w.page("/readyz")
		require.Equal(t, 200, status)
		require.JSONEq(t, `{"status": "ready", "mode": "disk_full"}`, body)

		// What must be stored is refused, and nobody hears anything of it.
		alice.noSpace(
			&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: "new", Name: "n"},
			&troupev1.KickMembers{GroupId: "g", UserIds: []string{"bob"}},
			&troupev1.UpdateGroupProfile{GroupId: "g", Name: proto.String("other")},
			mute("g", 60, "bob"))
		bob.noSpace(&troupev1.LeaveGroup{GroupId: "g"}, &troupev1.JoinGroup{GroupId: "town"})
		root.noSpace(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte("again")})
		w.dial(protocol.JSON).noSpace(&troupev1.Login{UserId: "stranger"})
		silent(p...)
		require.ElementsMatch(t, []string{"alice", "bob", "carl"}, alice.roster("g"))
		require.Equal(t, "g", alice.profile("g").GetName())
		alice.code(10010, text("new", "is there such a group"))

		// Reads, known users and attach work; what was missed comes.
		require.Equal(t, upTo(1, 3), bob.seqsRead("g"))
		carl := w.login("carl", "")
		require.EqualValues(t, 4, carl.attachFrom("g", 1, epoch).GetNextSeq())
		require.Equal(t, upTo(2, 3), seqs(carl.hear().exactly(counts{messages: 2}).messages))
		require.Zero(t, carl.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}}).GetAttach().GetInbox().GetCode())
		require.Len(t, bob.inbox(), 1)

		// So do livestreams.
		ben := w.device("ben", "")
		ben.ok(&troupev1.JoinGroup{GroupId: "show"})
		guest := w.guest("show")
		w.advance(500 * time.Millisecond)
		require.Equal(t, []string{"ben"}, userIDs(guest.untilTip(1)))
		require.Equal(t, []string{"ben"}, userIDs(ann.untilTip(1)))
		ben.untilTip(1)
		ann.ok(text("show", "still here"))
		ben.hear().exactly(counts{messages: 1})
		guest.hear().exactly(counts{messages: 1})
		silent(p...)

		// Space comes back: not enough, then enough.
		free.Store(2*reserve - 1)
		alice.noSpace(text("g", "not yet"))
		free.Store(2 * reserve)
		require.EqualValues(t, 4, alice.send(send).GetSendMessage().GetSeq(), "no number was used up")
		for _, q := range []*peer{bob, carl} {
			require.Equal(t, []uint64{4}, seqs(q.hear().exactly(counts{messages: 1}).messages))
		}
		_, body = w.page("/readyz")
		require.JSONEq(t, `{"status": "ready"}`, body)
		w.device("stranger", "")
		bob.ok(&troupev1.LeaveGroup{GroupId: "g"})
		require.Equal(t, upTo(1, 5), carl.seqsRead("g"))
		silent(out)
	})
	// Of the exceptions that X-103 names, those that are there.
	t.Run("reserve", func(t *testing.T) {
		w, free := newDisk(t)
		p := w.users("alice", "bob", "root")
		alice, bob, root := p[0], p[1], p[2]
		alice.create(troupev1.Kind_KIND_CUSTOM, "g")
		alice.create(troupev1.Kind_KIND_CUSTOM, "old")
		w.advance(time.Second)
		free.Store(reserve - 1)
		alice.noSpace(text("g", "no"))
		root.noSpace(&troupev1.SetNameCard{GroupId: "g", UserId: "alice", NameCard: "no"})
		root.ok(banOf("bob", -1, "flooding the disk"))
		bob.kickedOffline("banned", 4503)
		w.bannedLogin(w.dial(protocol.Binary), &troupev1.Login{UserId: "bob"}, -1, "flooding the disk")
		require.True(t, root.ok(&troupev1.LiftBan{UserId: "bob"}).GetLiftBan().GetLifted())
		w.login("bob", "")
		root.ok(&troupev1.RevokeTokens{UserId: "alice"})
		alice.kickedOffline("token_revoked", 4501)
		root.ok(&troupev1.ListMembers{GroupId: "g"})
		root.ok(&troupev1.DismissGroup{GroupId: "old"})
		var said []string
		for _, e := range root.log(&troupev1.ListAudit{}) {
			said = append(said, e.GetOperation())
		}
		require.Equal(t, []string{"set_ban", "lift_ban", "revoke_tokens", "list_members", "dismiss_group"}, said)
		w.advance(time.Second)
		w.login("alice", "")
	})
}
