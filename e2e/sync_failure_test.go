package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// A sync that fails ends the server: nobody knows then what the disk holds, and
// the system does not write those pages again. Nothing is acknowledged after it,
// and a new start has all that was before.
func TestSyncThatFails(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("needs strace")
	}
	dir := t.TempDir()
	// Each thread's 30th, and all after it; the start takes fewer.
	c := startChild(t, dir, "strace", "-f", "-o", filepath.Join(t.TempDir(), "trace"),
		"-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=30+")
	conn := c.login("ann")
	exchange(t, conn, request(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"}))
	accepted := 0
	for code := int32(0); code == 0; {
		require.NoError(t, conn.Send(request(text("g", fmt.Sprint("m", accepted+1)))))
		f, err := conn.Recv(t.Context())
		require.NoError(t, err)
		if code = f.GetAnswer().GetCode(); code == 0 {
			accepted++
			continue
		}
		require.EqualValues(t, 11033, code, "unavailable")
	}
	// Nothing more is accepted until the end.
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if conn.Send(request(text("g", "late"))) != nil {
			break
		}
		f, err := conn.Recv(t.Context())
		if err != nil {
			break
		}
		if a := f.GetAnswer(); a != nil {
			require.NotZero(t, a.GetCode())
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- c.cmd.Wait() }()
	var exit *exec.ExitError
	select {
	case err := <-ended:
		require.ErrorAs(t, err, &exit, "the server says that it failed")
	case <-time.After(patience):
		require.NoError(t, c.cmd.Process.Kill())
		require.Fail(t, "the server goes on")
	}
	require.Equal(t, 1, exit.ExitCode())

	again := startChild(t, dir)
	heard := map[string]bool{}
	for _, m := range wholeHistory(t, again.login("ann"), "g") {
		if len(m.GetElements()) > 0 {
			heard[m.GetElements()[0].GetText().GetText()] = true
		}
	}
	require.NotZero(t, accepted)
	for i := range accepted {
		require.Contains(t, heard, fmt.Sprint("m", i+1))
	}
	require.NotContains(t, heard, "late")
	again.term()
}
