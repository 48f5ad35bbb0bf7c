package actors

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/jonboulle/clockwork"

	"github.com/troupe-im/troupe/group"
)

// ids makes ids that rise with time and values that nobody can guess.
type ids struct {
	clock clockwork.Clock
	epoch string

	mu   sync.Mutex
	last uint64
}

// next reserves n ids: milliseconds since 2020 times 4096, and a counter.
// They stay below 2^53 for 60 years, so that JSON readers keep them whole.
func (i *ids) next(n uint64) uint64 {
	const since2020 = 1577836800000
	now := uint64(max(i.clock.Now().UnixMilli()-since2020, 1)) << 12
	i.mu.Lock()
	defer i.mu.Unlock()
	first := max(i.last+1, now)
	i.last = first + n - 1
	return first
}

// above has all further ids lie above one that was given before the start. Two
// incarnations must not share a stream, though a clock may have gone back.
func (i *ids) above(stream group.StreamID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last = max(i.last, uint64(stream))
}

// stream makes the id of a new incarnation. It is below 2^63.
func (i *ids) stream() group.StreamID { return group.StreamID(i.next(1)) }

// application reserves the application ids of one command.
func (i *ids) application(n int) group.ApplicationID {
	return group.ApplicationID(i.next(uint64(max(n, 1))))
}

func (i *ids) entropy() (e [32]byte) {
	// Never fails since Go 1.24.
	_, _ = rand.Read(e[:])
	return e
}

var idAlphabet = base32.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").WithPadding(base32.NoPadding)

// groupID makes the id of a group without a given one (spec 2.1). It follows
// from user and request, so that a repeated request meets the first's group.
func (i *ids) groupID(kind group.Kind, user group.UserID, request string) group.ID {
	sum := sha256.Sum256([]byte(i.epoch + "\x00" + string(user) + "\x00" + request))
	return group.ID("@TGS#" + strconv.Itoa(int(kind)) + idAlphabet.EncodeToString(sum[:10]))
}

// requestHash names a request of a user for 18.5; never 0.
func requestHash(user group.UserID, request string) uint64 {
	h := xxhash.New()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(user)))
	_, _ = h.Write(n[:])
	_, _ = h.WriteString(string(user))
	_, _ = h.WriteString(request)
	return h.Sum64() | 1
}

// hashUser spreads users over shards and registries.
func hashUser(u group.UserID) uint64 { return xxhash.Sum64String(string(u)) }
