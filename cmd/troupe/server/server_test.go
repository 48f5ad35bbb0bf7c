package server_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/gateway"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const patience = 60 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// settings are those of a server on a free port.
func settings(dir string) config.Config {
	c := config.Default()
	c.Dev, c.Server.Addr, c.Data.Dir = true, "127.0.0.1:0", dir
	c.Drain = config.Drain{}
	return c
}

func start(t *testing.T, c config.Config, o server.Options) *server.Server {
	t.Helper()
	s, err := server.Start(within(t), c, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(within(t))) })
	return s
}

func dial(t *testing.T, s *server.Server, user string) *client.Client {
	t.Helper()
	c, err := client.Dial(within(t), s.URL(), client.Options{User: user})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func create(t *testing.T, c *client.Client, id string) {
	t.Helper()
	_, err := c.CreateGroup(within(t), &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: id, Name: id})
	require.NoError(t, err)
}

func TestStartServesAndStops(t *testing.T) {
	dir := t.TempDir()
	s := start(t, settings(dir), server.Options{})
	require.NoError(t, s.Ready())
	c := dial(t, s, "ann")
	create(t, c, "hall")
	require.Equal(t, 1, s.Connections())
	require.NoError(t, c.Close())
	require.NoError(t, s.Stop(within(t)))
	require.ErrorIs(t, s.Ready(), actors.ErrNotRunning)
	require.NoError(t, s.Stop(within(t)), "stopping twice does nothing")

	again := start(t, settings(dir), server.Options{})
	got, err := dial(t, again, "ann").ListJoinedGroups(within(t), &troupev1.ListJoinedGroups{})
	require.NoError(t, err)
	require.Len(t, got.GetGroups(), 1)
}

func TestKillLeavesWhatACrashLeaves(t *testing.T) {
	dir := t.TempDir()
	s := start(t, settings(dir), server.Options{Killable: true})
	c := dial(t, s, "ann")
	create(t, c, "hall")
	s.Kill()
	require.NoError(t, c.Close())

	again := start(t, settings(dir), server.Options{})
	_, err := dial(t, again, "ann").SendText(within(t), "hall", "still there")
	require.NoError(t, err)
}

func TestInjected(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	journal := memory.New()
	clock := clockwork.NewFakeClockAt(time.UnixMilli(1_700_000_000_123))
	var adjusted bool
	s := start(t, settings(t.TempDir()), server.Options{
		Listener: listener, Journal: journal, Epoch: "e", Clock: clock,
		Adjust: func(a *actors.Config, g *gateway.Config) { adjusted = a.Shards > 0 && g.QueueFrames == 256 },
	})
	require.True(t, adjusted)
	require.Equal(t, listener.Addr(), s.Addr())
	c := dial(t, s, "ann")
	ping, err := c.Ping(within(t))
	require.NoError(t, err)
	require.Equal(t, int64(1_700_000_000_123), ping.GetServerTime())
	create(t, c, "hall")
	require.NoError(t, journal.View(func(tx persistence.Tx) error {
		_, ok, err := persistence.LookupGroup(tx, "hall")
		require.True(t, ok)
		return err
	}))
}

func TestLimitsAreThoseOfTheConfiguration(t *testing.T) {
	c := settings(t.TempDir())
	c.Limits.Profile, c.Limits.QueueFrames, c.Limits.AttachGroups = "small", 33, 7
	got := dial(t, start(t, c, server.Options{}), "ann").Limits()
	require.Equal(t, "small", got.GetProfile())
	require.Equal(t, uint32(33), got.GetQueueFrames())
	require.Equal(t, uint32(7), got.GetAttachGroups())
	require.Equal(t, uint32(64<<10), got.GetRequestBytes())
}

func TestPolicyOfTheConfiguration(t *testing.T) {
	c := settings(t.TempDir())
	c.Policy = config.Policy{"meeting": {"searchable": "no"}}
	s := start(t, c, server.Options{})
	create(t, dial(t, s, "ann"), "hall")
	got, err := dial(t, s, "bob").SearchGroup(within(t), &troupev1.SearchGroup{GroupIds: []string{"hall"}})
	require.NoError(t, err)
	require.Equal(t, "group_not_searchable", got.GetGroups()[0].GetError())
}

func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	running := start(t, settings(dir), server.Options{})
	for _, tc := range []struct {
		name   string
		change func(*config.Config)
		is     error
		want   string
	}{
		{"data directory in use", func(c *config.Config) { c.Data.Dir = dir }, persistence.ErrInUse, "in use by another server"},
		{"address in use", func(c *config.Config) { c.Server.Addr = running.Addr().String() }, nil, "server.addr"},
		{"admin address in use", func(c *config.Config) { c.Server.AdminAddr = running.Addr().String() }, nil, "server.admin_addr"},
		{"no certificate", func(c *config.Config) { c.Server.TLSCert, c.Server.TLSKey = "none", "none" }, nil, "tls_cert"},
		{"policy", func(c *config.Config) { c.Policy = config.Policy{"work": {"colour": "red"}} }, nil, "colour"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := settings(t.TempDir())
			tc.change(&c)
			_, err := server.Start(within(t), c, server.Options{})
			require.ErrorContains(t, err, tc.want)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			if c.Data.Dir != dir {
				// Nothing is held on to.
				c = settings(c.Data.Dir)
				s, err := server.Start(within(t), c, server.Options{})
				require.NoError(t, err)
				require.NoError(t, s.Stop(within(t)))
			}
		})
	}
	require.False(t, errors.Is(running.Ready(), actors.ErrNotRunning), "the running server is not disturbed")
}

func TestCheckKnowsTheDefaults(t *testing.T) {
	c := settings("x")
	require.NoError(t, server.Check(&c))
}
