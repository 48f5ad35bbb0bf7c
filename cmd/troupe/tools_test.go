package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// write makes a file for a test.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const secret32 = "0123456789abcdef0123456789abcdef"

func TestConfigCommands(t *testing.T) {
	defaults := ok(t, "config", "defaults")
	require.Contains(t, defaults, "queue_frames: 256")
	valid := write(t, strings.Replace(defaults, "\ndev: false", "\ndev: true", 1))
	require.Equal(t, "configuration is valid\n", ok(t, "config", "check", "-c", valid))
	for _, tc := range []struct{ name, text, want string }{
		{"unknown key", "dev: true\nserver:\n  adress: x\n", `:3:3: unknown field "adress"`},
		{"contradiction", "dev: true\nlimits:\n  queue_frames: 1\n", "limits.queue_frames: must be at least 16"},
		{"policy", "dev: true\npolicy:\n  work: {join_option: maybe}\n", "policy join_option of kind work"},
		{"settled policy", "dev: true\npolicy:\n  livestream: {history: stored}\n", "policy history of kind livestream"},
		{"no such kind", "dev: true\npolicy:\n  party: {guests: yes}\n", "policy.party"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := troupe(t, "config", "check", "-c", write(t, tc.text))
			require.Equal(t, 1, e.code)
			require.Contains(t, e.stderr, tc.want)
		})
	}
}

func TestTokens(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	publicDER, err := x509.MarshalPKIXPublicKey(private.Public())
	require.NoError(t, err)
	privatePEM := write(t, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	publicPEM := write(t, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER})))
	secret := write(t, secret32+"\n")
	for _, tc := range []struct{ format, mint, inspect string }{
		{"hs256", "--secret-file=" + secret, "--secret-file=" + secret},
		{"usersig", "--secret-file=" + secret, "--secret-file=" + secret},
		{"token04", "--secret-file=" + secret, "--secret-file=" + secret},
		{"eddsa", "--key-file=" + privatePEM, "--key-file=" + publicPEM},
	} {
		t.Run(tc.format, func(t *testing.T) {
			flags := []string{"--format", tc.format, "--app-id", "1400000000"}
			token := ok(t, append([]string{"token", "mint", "ann", tc.mint}, flags...)...)
			e := troupeIn(t, token, append([]string{"token", "inspect", "-", tc.inspect}, flags...)...)
			require.Zero(t, e.code, e.stderr)
			require.Contains(t, e.stdout, "user         ann\n")
			require.Contains(t, e.stdout, "a login would succeed")
			broken := troupeIn(t, "x"+token, append([]string{"token", "inspect", "-", tc.inspect}, flags...)...)
			require.Equal(t, 1, broken.code)
			require.Contains(t, broken.stderr, "a login would fail")
		})
	}
}

func TestTokenOfTheConfiguration(t *testing.T) {
	file := write(t, "app: {id: hall}\ndrain: {window: 0s}\nauth:\n  keys:\n    - {kid: old, format: hs256, secret: x"+secret32+"}\n"+
		"    - {kid: new, format: hs256, secret: y"+secret32+"}\n")
	token := strings.TrimSpace(ok(t, "token", "mint", "-c", file, "--kid", "new", "ann"))
	require.Contains(t, ok(t, "token", "inspect", "-c", file, token), "key          new\n")

	p := begin(t, "serve", "-c", file, "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--log-level", "error")
	url := p.stdout.next(t, `listens on (ws://\S+)`)[1]
	ask := []string{"call", "--server", url, "--app-id", "hall", "--json"}
	require.Zero(t, troupe(t, append(ask, "--token", token, "ann", "list_joined_groups")...).code)
	require.Equal(t, 2, troupe(t, append(ask, "--token", token, "bob", "list_joined_groups")...).code)
	require.Equal(t, 2, troupe(t, append(ask, "ann", "list_joined_groups")...).code)
	require.Zero(t, p.end())
}

func TestPolicyCommands(t *testing.T) {
	table := ok(t, "policy")
	require.Equal(t, 44, strings.Count(table, "\n"))
	require.Regexp(t, `(?m)^1 +join_option +closed, fixed +admin_approval, group +free, fixed`, table)
	file := write(t, "dev: true\npolicy:\n  work: {searchable: yes}\n")
	require.Regexp(t, `(?m)^8 +searchable +no `, ok(t, "policy", "searchable"))
	require.Regexp(t, `(?m)^8 +searchable +yes `, ok(t, "policy", "-c", file, "searchable"))
	require.Contains(t, ok(t, "policy", "explain", "public", "join_group"), "admin_approval")
	require.Regexp(t, `(?m)^join_group\n  \w`, ok(t, "policy", "explain", "public"))
	for _, args := range [][]string{{"policy", "colour"}, {"policy", "explain", "party", "join_group"}, {"policy", "explain", "work", "sing"}} {
		require.Equal(t, 2, troupe(t, args...).code)
	}
}

// populated makes a data directory with one group.
func populated(t *testing.T) (dir, url, admin string, server *program) {
	t.Helper()
	dir = t.TempDir()
	server, url, admin = serving(t, dir)
	ok(t, "call", "--server", url, "ann", "create_group", `{"kind":"meeting","group_id":"hall","name":"Hall"}`)
	ok(t, "call", "--server", url, "ann", "send_message",
		`{"conversation":{"type":"group","id":"hall"},"elements":[{"text":{"text":"private words"}}]}`)
	return dir, url, admin, server
}

func TestBackupAndRestore(t *testing.T) {
	dir, url, admin, server := populated(t)
	hot := filepath.Join(t.TempDir(), "hot.db")
	require.Contains(t, ok(t, "backup", "--admin", admin, "--out", hot), "2 events, verified")
	ok(t, "call", "--server", url, "bob", "join_group", `{"group_id":"hall"}`)

	inUse := troupe(t, "backup", "--data", dir, "--out", filepath.Join(t.TempDir(), "x"))
	require.Equal(t, 1, inUse.code)
	require.Contains(t, inUse.stderr, "--admin")
	require.Equal(t, 1, troupe(t, "backup", "--admin", admin, "--out", hot).code, "an existing file is kept")
	inUse = troupe(t, "restore", "--from", hot, "--data", dir, "--replace")
	require.Equal(t, 1, inUse.code)
	require.Contains(t, inUse.stderr, "stop the server first")

	require.Zero(t, server.end())
	cold := filepath.Join(t.TempDir(), "cold.db")
	require.Contains(t, ok(t, "backup", "--data", dir, "--out", cold), "3 events, verified")
	require.Contains(t, troupe(t, "restore", "--from", hot, "--data", dir).stderr, "--replace")
	require.Contains(t, ok(t, "restore", "--from", hot, "--data", dir, "--replace"), "the former journal is kept at")
	kept, err := filepath.Glob(filepath.Join(dir, "troupe.db.*"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.Equal(t, 2, strings.Count(ok(t, "inspect", "--data", dir, "hall"), "\n"), "what came after the backup is gone")

	fresh := t.TempDir()
	ok(t, "restore", "--from", cold, "--data", fresh)
	_, url, _ = serving(t, fresh)
	require.EqualValues(t, 2, asObject(t, ok(t, "call", "--server", url, "--json", "bob", "list_members", `{"group_id":"hall"}`))["member_count"])
}

func TestRestoreRefusesWhatIsNotSound(t *testing.T) {
	dir, _, _, server := populated(t)
	require.Zero(t, server.end())
	data, err := os.ReadFile(filepath.Join(dir, "troupe.db"))
	require.NoError(t, err)
	damaged := slices.Clone(data)
	for at := range data { // every copy: which one is in use is the database's affair
		if strings.HasPrefix(string(data[at:min(at+13, len(data))]), "private words") {
			damaged[at-1] = 0xff // its length
		}
	}
	for _, tc := range []struct {
		name string
		text []byte
	}{
		{"cut short", data[:os.Getpagesize()]},
		{"no journal", []byte(strings.Repeat("hello ", 3000))},
		{"damaged", damaged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := t.TempDir()
			e := troupe(t, "restore", "--from", write(t, string(tc.text)), "--data", target)
			require.Equal(t, 1, e.code, e.stdout)
			left, err := os.ReadDir(target)
			require.NoError(t, err)
			require.Empty(t, left, "nothing is left behind")
		})
	}
}

func TestBackupIsNotForBrowsers(t *testing.T) {
	_, _, admin, _ := populated(t)
	req, err := http.NewRequest(http.MethodPost, admin+"/backup", nil)
	require.NoError(t, err)
	req.Header.Set("Origin", "https://evil.example")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
	resp, err = http.Get(admin + "/metrics")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestInspect(t *testing.T) {
	dir, _, _, server := populated(t)
	require.Equal(t, 1, troupe(t, "inspect", "--data", dir, "hall").code, "in use")
	require.Zero(t, server.end())
	lines := strings.Split(strings.TrimSpace(ok(t, "inspect", "--data", dir, "hall")), "\n")
	require.Len(t, lines, 2)
	var created, sent map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &created))
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &sent))
	require.Equal(t, "created", created["event"])
	require.Equal(t, "meeting", created["body"].(map[string]any)["kind"])
	require.EqualValues(t, 1, sent["body"].(map[string]any)["elements"])
	require.NotContains(t, lines[1], "private words")
	require.Contains(t, ok(t, "inspect", "--data", dir, "--contents", "hall"), "private words")
	require.Equal(t, lines[1]+"\n", ok(t, "inspect", "--data", dir, "--after", "1", "hall"))
	require.Contains(t, ok(t, "inspect", "--data", dir, "--verify", "hall"), "replay agrees")
	require.Contains(t, ok(t, "inspect", "--data", dir, "--verify"), "1 groups, 0 not sound")
	require.Contains(t, troupe(t, "inspect", "--data", dir, "nowhere").stderr, "there is no group")
	require.Contains(t, troupe(t, "inspect", "--data", t.TempDir(), "hall").stderr, "there is no journal")
}

func TestCompact(t *testing.T) {
	dir, _, _, server := populated(t)
	require.Contains(t, troupe(t, "compact", "--data", dir).stderr, "stop the server first")
	require.Zero(t, server.end())
	before := ok(t, "inspect", "--data", dir, "hall")
	require.Regexp(t, `troupe\.db: \d+ bytes, was \d+`, ok(t, "compact", "--data", dir))
	require.Equal(t, before, ok(t, "inspect", "--data", dir, "hall"))
	require.Contains(t, troupe(t, "compact", "--data", t.TempDir()).stderr, "there is no journal")
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"NeedsConsent": "needs_consent", "ID": "id", "MsgKey": "msg_key", "ApplicationID": "application_id", "IDOf": "id_of",
	} {
		require.Equal(t, want, snake(in))
	}
}
