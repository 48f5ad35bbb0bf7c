package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
)

func TestBansAreOnePerSubject(t *testing.T) {
	w := newWorld(t)
	read := func() (list []persistence.Ban) {
		w.view(func(tx persistence.Tx) {
			require.NoError(t, persistence.Bans(tx, func(b *persistence.Ban) { list = append(list, *b) }))
		})
		return list
	}
	require.Empty(t, read())
	// A user may be called like a network.
	user := persistence.Ban{User: "10.0.0.0/8", ID: 1, Until: 9, Reason: "spam", By: "root", Time: 3}
	net := persistence.Ban{Network: "10.0.0.0/8", ID: 2, Until: -1, By: "root", Time: 4}
	old := persistence.Ban{Network: net.Network, ID: 1}
	w.rows(persistence.BanOp(&old), persistence.BanOp(&user), persistence.BanOp(&net))
	require.ElementsMatch(t, []persistence.Ban{user, net}, read())
	w.rows(persistence.LiftOp(&net))
	require.Equal(t, []persistence.Ban{user}, read())

	for _, key := range []string{"", "u", "n", "x1"} {
		_, err := persistence.DecodeBan([]byte(key), persistence.EncodeBan(&user))
		require.ErrorIs(t, err, persistence.ErrCorrupt, key)
	}
}

func TestRevocationsAreOnePerUser(t *testing.T) {
	w := newWorld(t)
	w.rows(persistence.RevocationOp(&persistence.Revocation{User: "ann", NotBefore: 1}),
		persistence.RevocationOp(&persistence.Revocation{User: "ann", NotBefore: 2}),
		persistence.RevocationOp(&persistence.Revocation{User: "bob", NotBefore: 3}))
	var list []persistence.Revocation
	w.view(func(tx persistence.Tx) {
		require.NoError(t, persistence.Revocations(tx, func(v *persistence.Revocation) { list = append(list, *v) }))
	})
	require.Equal(t, []persistence.Revocation{{User: "ann", NotBefore: 2}, {User: "bob", NotBefore: 3}}, list)
}
