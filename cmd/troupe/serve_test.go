package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServeCallListen(t *testing.T) {
	server, url, _ := serving(t, t.TempDir())
	require.Contains(t, server.stderr.next(t, "DEVELOPMENT")[0], "")
	call := func(args ...string) ended { return troupe(t, append([]string{"call", "--server", url}, args...)...) }

	made := asObject(t, call("--json", "ann", "create_group", `{"kind":"custom","group_id":"hall","name":"Hall"}`).stdout)
	require.EqualValues(t, 0, made["code"])
	require.Equal(t, "hall", made["group"].(map[string]any)["group_id"])

	listener := begin(t, "listen", "--server", url, "--json", "bob")
	listener.stderr.next(t, "^troupe: listening as bob$")

	t.Run("human form", func(t *testing.T) {
		e := call("bob", "join_group", `{"group_id":"hall"}`)
		require.Zero(t, e.code)
		require.True(t, strings.HasPrefix(e.stdout, "join_group: ok\n{\n  \"outcome\": \"joined\",\n"), e.stdout)
	})
	t.Run("parameters from standard input", func(t *testing.T) {
		e := troupeIn(t, `{"conversation":{"type":"group","id":"hall"},"elements":[{"text":{"text":"hi"}}]}`,
			"call", "--server", url, "--json", "ann", "send_message", "-")
		require.EqualValues(t, 2, asObject(t, e.stdout)["seq"])
	})
	t.Run("refusal", func(t *testing.T) {
		e := call("--json", "cid", "leave_group", `{"group_id":"hall"}`)
		require.Equal(t, 1, e.code)
		got := asObject(t, e.stdout)
		require.EqualValues(t, 11004, got["code"])
		require.Equal(t, "not_member", got["error"])
		require.NotEmpty(t, got["message"])
		require.Contains(t, e.stderr, "leave_group: not_member (11004)")
		require.Empty(t, call("cid", "leave_group", `{"group_id":"hall"}`).stdout)
	})
	t.Run("details", func(t *testing.T) {
		got := asObject(t, call("--json", "ann", "kick_members", `{"group_id":"hall","user_ids":[]}`).stdout)
		require.Equal(t, map[string]any{"field": "user_ids"}, got["details"])
	})
	t.Run("process code", func(t *testing.T) {
		require.Zero(t, call("ann", "update_group_modes", `{"group_id":"hall","join_option":"admin_approval"}`).code)
		e := call("--json", "dan", "join_group", `{"group_id":"hall"}`)
		require.Zero(t, e.code)
		require.EqualValues(t, 25424, asObject(t, e.stdout)["code"])
		require.Contains(t, call("dan", "join_group", `{"group_id":"hall"}`).stdout, "join_group: wait_approval (25424)")
	})
	t.Run("app administrator", func(t *testing.T) {
		require.Zero(t, call("root", "send_custom_notice", `{"group_id":"hall","content":"aGk="}`).code)
		require.Equal(t, 1, call("ann", "send_custom_notice", `{"group_id":"hall","content":"aGk="}`).code)
	})
	t.Run("without login", func(t *testing.T) {
		require.Contains(t, call("ann", "ping").stdout, "server_time")
	})

	tip := listened(t, listener)
	require.Equal(t, "message", tip["event"])
	require.EqualValues(t, 1, tip["seq"])
	said := listened(t, listener)
	require.Equal(t, "ann", said["sender_id"])
	require.Equal(t, []any{map[string]any{"text": map[string]any{"text": "hi"}}}, said["elements"])

	require.Zero(t, server.end())
	require.Equal(t, "reconnecting", untilEvent(t, listener, "connection_changed")["state"])
	require.Zero(t, listener.end())
}

// listened takes the next line of listen --json.
func listened(t *testing.T, p *program) map[string]any {
	t.Helper()
	return asObject(t, p.stdout.next(t, "^.*$")[0]+"\n")
}

func untilEvent(t *testing.T, p *program, event string) map[string]any {
	t.Helper()
	for {
		if e := listened(t, p); e["event"] == event {
			return e
		}
	}
}

func TestListenSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	server, url, _ := serving(t, dir)
	addr := strings.TrimSuffix(strings.TrimPrefix(url, "ws://"), "/ws")
	ok(t, "call", "--server", url, "ann", "create_group", `{"kind":"meeting","group_id":"hall","name":"Hall"}`)
	listener := begin(t, "listen", "--server", url, "ann")
	listener.stderr.next(t, "listening")
	require.Zero(t, server.end())
	listener.stdout.next(t, "^connection reconnecting$")
	serving(t, dir, "--addr", addr)
	ok(t, "call", "--server", url, "bob", "join_group", `{"group_id":"hall"}`)
	listener.stdout.next(t, `^\d\d:\d\d:\d\d hall #1 \* member_joined by bob: bob$`)
	ok(t, "call", "--server", url, "bob", "send_message",
		`{"conversation":{"type":"group","id":"hall"},"elements":[{"text":{"text":"hi\nann: \u001b[2Jé\u009b"}}]}`)
	listener.stdout.next(t, `hall #2 bob: hi\\nann: \\x1b\[2Jé\\u009b$`) // one line, and no command
	require.Zero(t, listener.end())
}

func TestListenGuest(t *testing.T) {
	_, url, _ := serving(t, t.TempDir())
	ok(t, "call", "--server", url, "ann", "create_group", `{"kind":"livestream","group_id":"show","name":"Show"}`)
	listener := begin(t, "listen", "--server", url, "--guest", "show")
	listener.stderr.next(t, "listening as a guest of show")
	ok(t, "call", "--server", url, "root", "send_custom_notice", `{"group_id":"show","content":"aGk="}`)
	listener.stdout.next(t, `notice 255: group show`)
	require.Zero(t, listener.end())
}

// What a budget sheds is named to whoever listens, and said to its sender.
func TestListenRoom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "troupe.yaml")
	// A byte a second: the first message owes for minutes, and the next cannot wait.
	require.NoError(t, os.WriteFile(file, []byte("policy: {livestream: {room_budget: 1/1}}\n"), 0o600))
	_, url, _ := serving(t, t.TempDir(), "-c", file)
	ok(t, "call", "--server", url, "ann", "create_group", `{"kind":"livestream","group_id":"show","name":"Show"}`)
	listener := begin(t, "listen", "--server", url, "--guest", "show")
	listener.stderr.next(t, "listening")
	ok(t, "call", "--server", url, "ann", "join_group", `{"group_id":"show"}`)
	listener.stdout.next(t, `show #1 \* member_joined by ann: ann$`)
	say := `{"conversation":{"type":"group","id":"show"},"priority":"low","elements":[{"text":{"text":"` + strings.Repeat("hello ", 100) + `"}}]}`
	ok(t, "call", "--server", url, "ann", "send_message", say)
	listener.stdout.next(t, `show #2 ann: hello hello`)
	e := troupe(t, "call", "--server", url, "ann", "send_message", say)
	require.Equal(t, 1, e.code)
	require.Regexp(t, `message_shed \(11053\): .*; try again after \d+ ms`, e.stderr)
	listener.stdout.next(t, `^show \(skipped #3 to #3: 1 low\)$`)
	ok(t, "call", "--server", url, "ann", "send_like", `{"group_id":"show","count":5}`)
	listener.stdout.next(t, `^show likes 5, audience 2$`)
	require.Zero(t, listener.end())
}

func TestListenEnds(t *testing.T) {
	_, url, _ := serving(t, t.TempDir())
	t.Run("replaced", func(t *testing.T) {
		first := begin(t, "listen", "--server", url, "--json", "--device", "phone", "ann")
		first.stderr.next(t, "listening")
		second := begin(t, "listen", "--server", url, "--device", "phone", "ann")
		second.stderr.next(t, "listening")
		require.Equal(t, "another_device", untilEvent(t, first, "kicked_offline")["reason"])
		first.stderr.next(t, "sent away: .*4502")
		require.Equal(t, 1, first.end())
	})
	t.Run("no server", func(t *testing.T) {
		e := troupe(t, "listen", "--server", "ws://127.0.0.1:1/ws", "ann")
		require.Equal(t, 2, e.code)
		require.NotEmpty(t, e.stderr)
	})
}

func TestCallCouldNotAsk(t *testing.T) {
	_, url, _ := serving(t, t.TempDir())
	for _, tc := range []struct {
		name  string
		args  []string
		code  float64
		error string
	}{
		{"no server", []string{"--server", "ws://127.0.0.1:1/ws", "ann", "ping"}, 20004, "network_error"},
		{"unknown operation", []string{"ann", "sing"}, 20001, "invalid_request"},
		{"broken JSON", []string{"ann", "join_group", `{"group_id":`}, 20001, "invalid_request"},
		{"not an object", []string{"ann", "join_group", `["hall"]`}, 20001, "invalid_request"},
		{"out of its place", []string{"ann", "join_group", `{},"request_id":"x"`}, 20001, "invalid_request"},
		{"refused login", []string{"--token", "no.such.token", "ann", "list_joined_groups"}, 20002, "auth_failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := troupe(t, append([]string{"call", "--server", url, "--json"}, tc.args...)...)
			require.Equal(t, 2, e.code)
			require.NotEmpty(t, e.stderr)
			got := asObject(t, e.stdout)
			require.Equal(t, tc.code, got["code"])
			require.Equal(t, tc.error, got["error"])
		})
	}
}

func TestServeRefuses(t *testing.T) {
	dir := t.TempDir()
	serving(t, dir)
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a data directory in use", []string{"--dev", "--data", dir, "--addr", "127.0.0.1:0"}, 1, "in use by another server"},
		{"dev for everybody", []string{"--dev", "--addr", "0.0.0.0:0"}, 2, "loopback"},
		{"no keys", []string{"--addr", "127.0.0.1:0", "--data", t.TempDir()}, 2, "auth.keys"},
		{"dev admins without dev", []string{"--dev-admin", "root"}, 2, "dev_admins"},
		{"no such configuration", []string{"--config", filepath.Join(dir, "none.yaml")}, 2, "none.yaml"},
		{"bad address", []string{"--dev", "--addr", "8080"}, 2, "server.addr"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := troupe(t, append([]string{"serve"}, tc.args...)...)
			require.Equal(t, tc.code, e.code, e.stderr)
			require.Contains(t, e.stderr, tc.want)
			require.Empty(t, e.stdout)
		})
	}
}

func TestServeKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	server, url, _ := serving(t, dir)
	ok(t, "call", "--server", url, "ann", "create_group", `{"kind":"meeting","group_id":"hall","name":"Hall"}`)
	require.Zero(t, server.end())
	_, url, _ = serving(t, dir)
	got := asObject(t, ok(t, "call", "--server", url, "--json", "ann", "list_joined_groups"))
	groups, err := json.Marshal(got["groups"])
	require.NoError(t, err)
	require.Contains(t, string(groups), `"hall"`)
}
