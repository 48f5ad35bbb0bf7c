package e2e

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/client"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

var (
	buildOnce sync.Once
	built     string
	buildErr  error
)

// binary builds the server's program once per run.
func binary(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		built = filepath.Join(tempRoot, "troupe")
		out, err := exec.Command("go", "build", "-o", built, "../cmd/troupe").CombinedOutput()
		if err != nil {
			buildErr = err
			t.Log(string(out))
		}
	})
	require.NoError(t, buildErr)
	return built
}

// child is a server in a process of its own.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
}

var listensOn = regexp.MustCompile(`ws://\S+/ws`)

// startChild runs the server on a data directory; wrap may put another
// program in front of it.
func startChild(t *testing.T, dir string, wrap ...string) *child {
	t.Helper()
	args := append(wrap, binary(t), "serve", "--dev", "--addr", "127.0.0.1:0", "--data", dir, "--config", "testdata/load.yaml")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t: t, cmd: cmd}
	lines := bufio.NewScanner(out)
	for c.url == "" && lines.Scan() {
		c.url = listensOn.FindString(lines.Text())
	}
	require.NotEmpty(t, c.url, "the server printed no address")
	go func() {
		for lines.Scan() {
		}
	}()
	return c
}

// kill ends the server without a word.
func (c *child) kill() {
	c.t.Helper()
	require.NoError(c.t, c.cmd.Process.Kill())
	_ = c.cmd.Wait()
}

// term stops the server in order.
func (c *child) term() {
	c.t.Helper()
	require.NoError(c.t, c.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(c.t, c.cmd.Wait())
}

// login connects a user to the child.
func (c *child) login(user string) *client.Conn {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := client.DialConn(ctx, c.url, client.ConnOptions{})
	require.NoError(c.t, err)
	exchange(c.t, conn, request(&troupev1.Login{UserId: user}))
	return conn
}

// wholeHistory reads all numbered entries of a group, oldest first.
func wholeHistory(t *testing.T, conn *client.Conn, group string) []*troupev1.Message {
	t.Helper()
	var all []*troupev1.Message
	for next := uint64(0); ; {
		a := exchange(t, conn, request(&troupev1.GetGroupHistory{GroupId: group, ReqSeq: next})).GetGetGroupHistory()
		all = append(append([]*troupev1.Message(nil), a.GetMessages()...), all...)
		if a.GetFinished() {
			return all
		}
		next = a.GetNextReqSeq()
	}
}
