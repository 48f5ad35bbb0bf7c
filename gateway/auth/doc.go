// Package auth verifies the tokens that clients log in with (spec 12.1, 18.1).
//
// It owns the keys and knows three formats, told apart by their shape: JSON web
// tokens (HS256 and EdDSA), Tencent UserSig version 2 and ZEGO token 04, so that
// servers which make the latter two need no change. It keeps no state: bans,
// revocation and resume tickets are the business of package actors, which sees
// it as actors.Authenticator. Package cmd builds it, and uses Mint and Inspect.
//
// Clients learn of a token only that it is expired, if all else about it is
// right, or that it is not accepted: every other failure is answered alike.
//
// Token 04 is encrypted but not authenticated: whoever holds a valid token may
// be able to alter it. Everything in it is compared, but signed tokens are to
// be preferred.
package auth
