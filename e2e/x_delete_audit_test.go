package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence/memory"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// deletionsAudited lists the entries about delete_user, oldest first.
func (p *peer) deletionsAudited() []*troupev1.AuditEntry {
	p.t.Helper()
	return p.ok(&troupev1.ListAudit{Operation: "delete_user", Order: troupev1.Order_ORDER_OLDEST}).GetListAudit().GetEntries()
}

// There is no deletion of another's account without its entry, which names the
// user for as long as the log is kept, and no entry without the deletion.
func TestDeletionIsAudited(t *testing.T) {
	t.Parallel()
	m := memory.New()
	j := &failing{Journal: m}
	j.after.Store(-1)
	w := newWorldWith(t, server.Options{Journal: j, Epoch: m.Epoch()}, func(c *config.Config) { c.App.SelfDeletion = true })
	root, ann, eve := w.device("root", "desk"), w.device("ann", "phone"), w.device("eve", "")
	w.known("bob")
	require.Empty(t, root.deletionsAudited())
	j.after.Store(0)
	root.code(11033, &troupev1.DeleteUser{UserId: "bob"})
	j.after.Store(-1)
	require.Empty(t, root.deletionsAudited())

	req := request(&troupev1.DeleteUser{UserId: "bob", EraseMessages: true})
	require.Zero(t, root.send(req).GetCode())
	require.Zero(t, root.send(req).GetCode(), "a repeat adds none")
	root.code(11058, &troupev1.DeleteUser{UserId: "bob"})
	root.code(11014, &troupev1.DeleteUser{UserId: "root"})
	ann.code(10004, &troupev1.DeleteUser{})
	ann.code(10007, &troupev1.DeleteUser{UserId: "eve"})
	eve.deletes("eve", false) // needs no app_admin
	eve.kickedOffline("account_deleted", 4503)
	w.peers = []*peer{root, ann}
	w.settle()

	want := []struct {
		actor, device, target string
		code                  int32
	}{
		{"root", "desk", "bob", 0}, {"root", "desk", "bob", 11058}, {"ann", "phone", "eve", 10007},
	}
	list := root.deletionsAudited()
	require.Len(t, list, len(want))
	for i, e := range list {
		require.Equal(t, want[i].actor, e.GetActor())
		require.Equal(t, want[i].device, e.GetDeviceId())
		require.Equal(t, want[i].target, e.GetTarget())
		require.Equal(t, want[i].code, e.GetCode())
		require.Equal(t, want[i].target, e.GetParameters().GetDeleteUser().GetUserId())
	}
	require.Equal(t, req.GetRequestId(), list[0].GetRequestId())
	require.True(t, list[0].GetParameters().GetDeleteUser().GetEraseMessages())
}
