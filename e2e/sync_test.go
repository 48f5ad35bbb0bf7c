package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence/bolt"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// childMode makes this test binary a server: its value is sync or nosync.
const childMode = "TROUPE_E2E_CHILD"

// runChild is the whole program of such a server.
func runChild(mode, dir string) error {
	j, err := bolt.Open(filepath.Join(dir, "troupe.db"), bolt.Options{DiskReserve: -1, NoSync: mode == "nosync"})
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	cfg := config.Default()
	cfg.Dev, cfg.Server.Addr, cfg.Drain = true, "127.0.0.1:0", config.Drain{}
	srv, err := server.Start(context.Background(), cfg, server.Options{Journal: j, Epoch: "child"})
	if err != nil {
		return err
	}
	fmt.Println(srv.URL(), os.Getpid())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	return srv.Stop(context.Background())
}

// No acknowledgement is written to a socket before the sync of its batch came
// back. Without syncs the same check finds that out.
func TestAcknowledgedAfterSync(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("needs strace")
	}
	for mode, sound := range map[string]bool{"sync": true, "nosync": false} {
		t.Run(mode, func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			bodies := talkTraced(t, mode, trace)
			for _, body := range bodies {
				if fault := unsynced(t, trace, body); (fault == "") != sound {
					t.Fatalf("%s: %q", body, fault)
				}
			}
		})
	}
}

// talkTraced sends a few messages to a server under strace.
func talkTraced(t *testing.T, mode, trace string) []string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command("strace", "-f", "-s", "4096", "-o", trace,
		"-e", "trace=read,write,pwrite64,fdatasync,fsync", self, "-test.run=^$", t.TempDir())
	cmd.Env = append(os.Environ(), childMode+"="+mode)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the server printed no address")
	var url string
	var pid int
	_, err = fmt.Sscan(lines.Text(), &url, &pid)
	require.NoError(t, err)
	conn, err := client.DialConn(context.Background(), url, client.ConnOptions{Codec: protocol.JSON})
	require.NoError(t, err)
	exchange(t, conn, request(&troupev1.Login{UserId: "ann"}))
	exchange(t, conn, request(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"}))
	var bodies []string
	for i := range 10 {
		body := fmt.Sprint("marked-", i)
		req := request(text("g", body))
		req.RequestId = body
		exchange(t, conn, req)
		bodies = append(bodies, body)
	}
	_ = conn.Close()
	// strace passes no signals on.
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
	return bodies
}

// unsynced follows one message through the trace: its page is written, that
// is synced, the meta page is written, that is synced, the answer leaves. It
// says what is missing, "" if nothing.
func unsynced(t *testing.T, trace, body string) string {
	t.Helper()
	f, err := os.Open(trace)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	written, syncs := false, 0
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.Contains(line, "pwrite64(") && strings.Contains(line, body):
			if !written {
				written, syncs = true, 0
			}
		case (strings.Contains(line, "fdatasync(") || strings.Contains(line, "fdatasync resumed")) && strings.HasSuffix(line, "= 0"):
			syncs++
		case strings.Contains(line, " write(") && strings.Contains(line, `\"answer\"`) && strings.Contains(line, `\"`+body+`\"`):
			switch {
			case !written:
				return "answered before it was written"
			case syncs < 2:
				return fmt.Sprintf("answered after %d syncs", syncs)
			}
			return ""
		}
	}
	t.Fatalf("%s: no answer in the trace", body)
	return ""
}
