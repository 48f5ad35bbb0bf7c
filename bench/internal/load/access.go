package load

import (
	"sync/atomic"

	"github.com/troupe-im/troupe/protocol"
)

// Access is how to reach a server, in the form in which one process tells it to
// another. It holds secrets: it is not for logs.
type Access struct {
	URL string
	// AppID is named at login; may be empty.
	AppID string
	Codec protocol.Codec
	// Secret mints a token for each user; if it is empty, Token is everybody's.
	Secret, Token string
	// CA is the certificate of a server that serves TLS, in PEM; empty = the
	// system knows it, or there is none.
	CA []byte
	// Sources are local addresses to connect from (NewSources).
	Sources int
	// Run makes request ids and user ids of this run different from others'.
	Run string
}

// Tokens gives each user a token.
func (a *Access) Tokens() Tokens {
	if a.Secret != "" {
		return HS256(a.Secret, a.AppID)
	}
	return Same(a.Token)
}

// Target is what connects.
func (a *Access) Target() *Target {
	t := &Target{URL: a.URL, Tokens: a.Tokens(), AppID: a.AppID, Codec: a.Codec, Sources: NewSources(a.URL, a.Sources), Run: a.Run, Redials: &atomic.Uint64{}}
	if len(a.CA) > 0 {
		t.TLS = trusting(a.CA)
	}
	return t
}
