package auth_test

import (
	"bytes"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/gateway/auth"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

const (
	appID     = "1400000001"
	sigSecret = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	secret04  = "0123456789abcdef0123456789abcdef"
)

// The known tokens were made by other programs, for alice, issued at issued
// with a day of life. The three of UserSig differ in compression only.
var knownUserSigs = []string{
	"eAEBsQBO-3siVExTLnZlciI6ICIyLjAiLCAiVExTLmlkZW50aWZpZXIiOiAiYWxpY2UiLCAiVExTLnNka2FwcGlkIjogMTQwMDAwMDAwMSwgIlRMUy5leHBpcmUiOiA4NjQwMCwgIlRMUy50aW1lIjogMTcwMDAwMDAwMCwgIlRMUy5zaWciOiAiNWVySUxqTDJSZ0wwZUlCWmR6VHZMZDdrVHBsaVRkZnJJZjdIR3NmaVJodz0iff96Mqg_",
	"eAGrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkEnMyk1NhUsUp2YkFBZkpQB2GJgYQYAjVllpRkFmUCpSxMANKQQVLMnNBQobmUMUw8eLMdJCtpqlFnj5ZPkZB6T4GqZ5OUSlVIWU*KebZIQU5mSEpaUWeaeYe7sVpmUEZ5bZKtQD-ejKo",
	"eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkEnMyk1NhUsUp2YkFBZkpQAlDEwMIMITKpVYUZBalAmUszIBSUMGSzFyQkKE5VDFMvDgzHWS4aWqRp0*Wj1FQuo9BqqdTVEpVSJlPinl2SEFOZkhKWpFnmrmHe3FaZlBGua1SLQD-ejKo",
}

const (
	knownUserBuf = "eNqrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkEnMyk1NhUsUp2YkFBZkpQAlDEwMIMITKpVYUZBalAmUszIBSUMGSzFyQkKE5VDFMvLQ4tSipNA1kgaOHV1mSkbE*3I7MdJBwRoR5irFPVXqluXZ6vm9mtnuldlhBcYl*YkaaQYmTi3FUpEFedopLWkCOia1SLQB-Tzm5"
	knownToken04 = "04AAAAAGVVQoAAEGZlZGNiYTk4NzY1NDMyMTAAcLpNGy6dJhpz9McCfCc2q1wgCdkdkTR5weIjNU+n/NW1P8MSxynU5KGVQtaxVPPh2LWck4VZtGBhjip5ZNfvWTeJMT/hZDj9xx8sSopMM6F85GK6N1MLHciXP1BjQieZ00SDRJMFPXyTj6iORbEIWT0="
)

var (
	issued  = time.Unix(1700000000, 0)
	expires = issued.Add(24 * time.Hour)
	noon    = issued.Add(12 * time.Hour)

	hsSecret   = []byte("a secret of thirty-two bytes and more")
	oldSecret  = []byte("an old secret of thirty-two bytes or so")
	edSeed     = bytes.Repeat([]byte{7}, ed25519.SeedSize)
	edPrivate  = ed25519.NewKeyFromSeed(edSeed)
	retirement = issued.Add(13 * time.Hour)
)

func config() auth.Config {
	return auth.Config{
		AppID:  appID,
		Admins: []group.UserID{"root"},
		Keys: []auth.Key{
			{ID: "new", Format: auth.HS256, Secret: hsSecret},
			{ID: "old", Format: auth.HS256, Secret: oldSecret, NotAfter: retirement},
			{ID: "ed", Format: auth.EdDSA, Public: edPrivate.Public().(ed25519.PublicKey)},
			{ID: "sig", Format: auth.UserSig, Secret: []byte(sigSecret)},
			{ID: "zego", Format: auth.Token04, Secret: []byte(secret04)},
		},
	}
}

func newAuth(t testing.TB, cfg auth.Config) *auth.Authenticator {
	t.Helper()
	a, err := auth.New(cfg)
	require.NoError(t, err)
	return a
}

func signJWT(t testing.TB, method jwt.SigningMethod, kid string, key any, claims jwt.MapClaims) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, claims)
	if kid != "" {
		tok.Header["kid"] = kid
	}
	s, err := tok.SignedString(key)
	require.NoError(t, err)
	return s
}

func claims(change ...any) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "alice", "aud": appID, "iat": issued.Unix(), "exp": expires.Unix()}
	for i := 0; i < len(change); i += 2 {
		if change[i+1] == nil {
			delete(c, change[i].(string))
		} else {
			c[change[i].(string)] = change[i+1]
		}
	}
	return c
}

// makeUserSig is a second implementation of the format.
func makeUserSig(secret string, members map[string]any) string {
	var lines strings.Builder
	for _, name := range []string{"TLS.identifier", "TLS.sdkappid", "TLS.time", "TLS.expire", "TLS.userbuf"} {
		if v, ok := members[name]; ok {
			fmt.Fprintf(&lines, "%s:%v\n", name, v)
		}
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(lines.String()))
	if _, ok := members["TLS.sig"]; !ok {
		members["TLS.sig"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	data, _ := json.Marshal(members)
	return packUserSig(data)
}

func packUserSig(data []byte) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(data)
	_ = w.Close()
	return strings.Map(func(r rune) rune {
		switch r {
		case '+':
			return '*'
		case '/':
			return '-'
		case '=':
			return '_'
		}
		return r
	}, base64.StdEncoding.EncodeToString(z.Bytes()))
}

func sigMembers(change ...any) map[string]any {
	m := map[string]any{
		"TLS.ver": "2.0", "TLS.identifier": "alice", "TLS.sdkappid": 1400000001,
		"TLS.time": issued.Unix(), "TLS.expire": 86400,
	}
	for i := 0; i < len(change); i += 2 {
		m[change[i].(string)] = change[i+1]
	}
	return m
}

// make04 is a second implementation of the format.
func make04(secret string, outer int64, plain string) string {
	n := 16 - len(plain)%16
	return seal04(secret, outer, []byte(plain+strings.Repeat(string(rune(n)), n)))
}

// seal04 encrypts what is padded already.
func seal04(secret string, outer int64, padded []byte) string {
	block, err := aes.NewCipher([]byte(secret))
	if err != nil {
		panic(err)
	}
	iv := []byte("0123456789abcdef")
	out := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, padded)
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, outer)
	_ = binary.Write(&b, binary.BigEndian, uint16(16))
	b.Write(iv)
	_ = binary.Write(&b, binary.BigEndian, uint16(len(out)))
	b.Write(out)
	return "04" + base64.StdEncoding.EncodeToString(b.Bytes())
}

func plain04(user string, app int, ctime, expire int64) string {
	return fmt.Sprintf(`{"app_id":%d,"user_id":%q,"nonce":-5,"ctime":%d,"expire":%d,"payload":""}`, app, user, ctime, expire)
}

func good04(user string) string {
	return make04(secret04, expires.Unix(), plain04(user, 1400000001, issued.Unix(), expires.Unix()))
}

type verdict struct {
	name  string
	token string
	want  string // "", auth_failed, token_expired
}

func judge(t *testing.T, a *auth.Authenticator, now time.Time, tests []verdict) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := a.Verify(appID, "alice", tt.token, now)
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, group.UserID("alice"), id.User)
				require.False(t, id.AppAdmin)
				require.Equal(t, expires.Unix(), id.ExpiresAt.Unix())
				return
			}
			var e *protocol.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.want, e.Name)
			require.Nil(t, e.Details)
			require.Zero(t, id)
		})
	}
}

func TestJWT(t *testing.T) {
	hs, ed := jwt.SigningMethodHS256, jwt.SigningMethodEdDSA
	_, stranger, _ := ed25519.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{9}, 64)))
	good := signJWT(t, hs, "new", hsSecret, claims())
	parts := strings.Split(good, ".")
	judge(t, newAuth(t, config()), noon, []verdict{
		{"hs256", good, ""},
		{"eddsa", signJWT(t, ed, "ed", edPrivate, claims()), ""},
		{"older key", signJWT(t, hs, "old", oldSecret, claims()), ""},
		{"no kid", signJWT(t, hs, "", oldSecret, claims()), ""},
		{"app_id for aud", signJWT(t, hs, "new", hsSecret, claims("aud", nil, "app_id", appID)), ""},
		{"aud is a list", signJWT(t, hs, "new", hsSecret, claims("aud", []string{"x", appID})), ""},
		{"no iat", signJWT(t, hs, "new", hsSecret, claims("iat", nil)), ""},
		{"iat a little ahead", signJWT(t, hs, "new", hsSecret, claims("iat", noon.Add(time.Minute).Unix())), ""},
		{"another user", signJWT(t, hs, "new", hsSecret, claims("sub", "bob")), "auth_failed"},
		{"no user", signJWT(t, hs, "new", hsSecret, claims("sub", nil)), "auth_failed"},
		{"another app", signJWT(t, hs, "new", hsSecret, claims("aud", "1")), "auth_failed"},
		{"no app", signJWT(t, hs, "new", hsSecret, claims("aud", nil)), "auth_failed"},
		{"no end", signJWT(t, hs, "new", hsSecret, claims("exp", nil)), "auth_failed"},
		{"from the future", signJWT(t, hs, "new", hsSecret, claims("iat", noon.Add(time.Hour).Unix())), "auth_failed"},
		{"not before", signJWT(t, hs, "new", hsSecret, claims("nbf", noon.Add(time.Hour).Unix())), "auth_failed"},
		{"expired", signJWT(t, hs, "new", hsSecret, claims("exp", noon.Unix())), "token_expired"},
		{"not yet expired", signJWT(t, hs, "new", hsSecret, claims("exp", expires.Unix())), ""},
		{"expired for another user", signJWT(t, hs, "new", hsSecret, claims("sub", "bob", "exp", noon.Unix())), "auth_failed"},
		{"unknown kid", signJWT(t, hs, "what", hsSecret, claims()), "auth_failed"},
		{"kid of another key", signJWT(t, hs, "old", hsSecret, claims()), "auth_failed"},
		{"kid of another algorithm", signJWT(t, hs, "ed", hsSecret, claims()), "auth_failed"},
		{"public key as secret", signJWT(t, hs, "ed", []byte(edPrivate.Public().(ed25519.PublicKey)), claims()), "auth_failed"},
		{"wrong secret", signJWT(t, hs, "new", oldSecret, claims()), "auth_failed"},
		{"wrong private key", signJWT(t, ed, "ed", stranger, claims()), "auth_failed"},
		{"algorithm none", signJWT(t, jwt.SigningMethodNone, "new", jwt.UnsafeAllowNoneSignatureType, claims()), "auth_failed"},
		{"hs512", signJWT(t, jwt.SigningMethodHS512, "new", hsSecret, claims()), "auth_failed"},
		{"no signature", parts[0] + "." + parts[1] + ".", "auth_failed"},
		{"rubbish", "a.b.c", "auth_failed"},
		{"too long", strings.Repeat("a", 9000) + ".b.c", "auth_failed"},
		{"empty", "", "auth_failed"},
		{"no known form", "hello", "auth_failed"},
	})
}

func TestKeyRotation(t *testing.T) {
	a := newAuth(t, config())
	tok := signJWT(t, jwt.SigningMethodHS256, "old", oldSecret, claims())
	_, err := a.Verify(appID, "alice", tok, retirement.Add(-time.Millisecond))
	require.NoError(t, err)
	_, err = a.Verify(appID, "alice", tok, retirement)
	require.Error(t, err)
}

func TestUserSig(t *testing.T) {
	tests := []verdict{
		{"known answer with user buffer", knownUserBuf, ""},
		{"second implementation", makeUserSig(sigSecret, sigMembers()), ""},
		{"with user buffer", makeUserSig(sigSecret, sigMembers("TLS.userbuf", "AAEC")), ""},
		{"user buffer not signed", makeUserSig(sigSecret, sigMembers("TLS.userbuf", "AAEC", "TLS.sig", sigOf(knownUserSigs[0]))), "auth_failed"},
		{"wrong secret", makeUserSig("another secret of some length", sigMembers()), "auth_failed"},
		{"another user", makeUserSig(sigSecret, sigMembers("TLS.identifier", "bob")), "auth_failed"},
		{"another app", makeUserSig(sigSecret, sigMembers("TLS.sdkappid", 1400000002)), "auth_failed"},
		{"another version", makeUserSig(sigSecret, sigMembers("TLS.ver", "1.0")), "auth_failed"},
		{"expired", makeUserSig(sigSecret, sigMembers("TLS.expire", 3600)), "token_expired"},
		{"expired for another user", makeUserSig(sigSecret, sigMembers("TLS.expire", 3600, "TLS.identifier", "bob")), "auth_failed"},
		{"no life", makeUserSig(sigSecret, sigMembers("TLS.expire", 0)), "auth_failed"},
		{"endless life", makeUserSig(sigSecret, sigMembers("TLS.expire", int64(1)<<62)), "auth_failed"},
		{"from the future", makeUserSig(sigSecret, sigMembers("TLS.time", noon.Add(time.Hour).Unix())), "auth_failed"},
		{"line feed in the name", makeUserSig(sigSecret, sigMembers("TLS.identifier", "alice\nTLS.x")), "auth_failed"},
		{"number as text", makeUserSig(sigSecret, sigMembers("TLS.sdkappid", appID)), "auth_failed"},
		{"bomb", packUserSig(append([]byte(`{"TLS.ver":"2.0","x":"`), bytes.Repeat([]byte("a"), 1<<20)...)), "auth_failed"},
		{"standard alphabet", strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(knownUserSigs[0]), "auth_failed"},
		{"cut", knownUserSigs[0][:100], "auth_failed"},
		{"no json", packUserSig([]byte("hello")), "auth_failed"},
	}
	for i, k := range knownUserSigs {
		tests = append(tests, verdict{fmt.Sprintf("known answer %d", i), k, ""})
	}
	judge(t, newAuth(t, config()), noon, tests)
}

// sigOf takes the signature out of a UserSig.
func sigOf(token string) string {
	packed, _ := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(token))
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	var m map[string]any
	_ = json.NewDecoder(z).Decode(&m)
	return m["TLS.sig"].(string)
}

func TestToken04(t *testing.T) {
	good := plain04("alice", 1400000001, issued.Unix(), expires.Unix())
	outer := expires.Unix()
	raw, err := base64.StdEncoding.DecodeString(knownToken04[2:])
	require.NoError(t, err)
	b64 := func(b []byte) string { return "04" + base64.StdEncoding.EncodeToString(b) }
	flip := func(at int) string {
		b := bytes.Clone(raw)
		b[at] ^= 1
		return b64(b)
	}
	judge(t, newAuth(t, config()), noon, []verdict{
		{"known answer", knownToken04, ""},
		{"second implementation", make04(secret04, outer, good), ""},
		{"wrong secret", make04("x123456789abcdef0123456789abcdef", outer, good), "auth_failed"},
		{"another user", make04(secret04, outer, plain04("bob", 1400000001, issued.Unix(), outer)), "auth_failed"},
		{"another app", make04(secret04, outer, plain04("alice", 7, issued.Unix(), outer)), "auth_failed"},
		{"ends differ", make04(secret04, outer+1, good), "auth_failed"},
		{"expired", make04(secret04, noon.Unix(), plain04("alice", 1400000001, issued.Unix(), noon.Unix())), "token_expired"},
		{"expired for another user", make04(secret04, noon.Unix(), plain04("bob", 1400000001, issued.Unix(), noon.Unix())), "auth_failed"},
		{"from the future", make04(secret04, outer, plain04("alice", 1400000001, noon.Add(time.Hour).Unix(), outer)), "auth_failed"},
		{"unknown member", make04(secret04, outer, strings.Replace(good, "{", `{"x":1,`, 1)), "auth_failed"},
		{"something behind", make04(secret04, outer, good+"{}"), "auth_failed"},
		{"no padding", seal04(secret04, outer, []byte(good+strings.Repeat(" ", 16-len(good)%16))), "auth_failed"},
		{"padding of 17", seal04(secret04, outer, append([]byte(good+strings.Repeat(" ", 16-len(good)%16)), bytes.Repeat([]byte{17}, 16)...)), "auth_failed"},
		{"padding of 0", seal04(secret04, outer, append([]byte(good+strings.Repeat(" ", 16-len(good)%16)), make([]byte, 16)...)), "auth_failed"},
		{"flipped iv", flip(10), "auth_failed"},
		{"flipped text", flip(40), "auth_failed"},
		{"flipped end", flip(len(raw) - 1), "auth_failed"},
		{"flipped outer end", flip(7), "auth_failed"},
		{"cut", b64(raw[:len(raw)-16]), "auth_failed"},
		{"longer", b64(append(bytes.Clone(raw), 0)), "auth_failed"},
		{"only the version", "04", "auth_failed"},
		{"short", b64(raw[:9]), "auth_failed"},
	})
}

func TestLoginApp(t *testing.T) {
	cfg := config()
	cfg.AppID = "chat"
	for i := range cfg.Keys {
		if cfg.Keys[i].Format == auth.UserSig || cfg.Keys[i].Format == auth.Token04 {
			cfg.Keys[i].AppID = appID
		}
	}
	a := newAuth(t, cfg)
	jwtToken := signJWT(t, jwt.SigningMethodHS256, "new", hsSecret, claims("aud", "chat"))
	tests := []struct {
		name, app, token string
		ok               bool
	}{
		{"own", "chat", jwtToken, true},
		{"another", "other", jwtToken, false},
		{"none", "", jwtToken, false},
		{"number of the vendor with our token", appID, jwtToken, false},
		{"vendor's token, our name", "chat", knownUserSigs[0], true},
		{"vendor's token, its number", appID, knownUserSigs[0], true},
		{"vendor's token, another number", "1400000002", knownUserSigs[0], false},
		{"token 04", appID, knownToken04, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := a.Verify(tt.app, "alice", tt.token, noon)
			require.Equal(t, tt.ok, err == nil, "%v", err)
		})
	}
}

func TestDev(t *testing.T) {
	a := newAuth(t, auth.Config{Dev: true, Admins: []group.UserID{"root"}})
	id, err := a.Verify("anything", "anyone", "", noon)
	require.NoError(t, err)
	require.False(t, id.AppAdmin)
	require.True(t, id.ExpiresAt.IsZero())
	id, err = a.Verify("", "root", "", noon)
	require.NoError(t, err)
	require.True(t, id.AppAdmin)
	_, err = a.Verify("", "", "", noon)
	require.Error(t, err, "nobody")
	_, err = a.Verify("", "anyone", knownUserSigs[0], noon)
	require.Error(t, err, "a token that is given is verified")

	cfg := config()
	cfg.Dev = true
	_, err = newAuth(t, cfg).Verify("any", "alice", knownUserSigs[0], noon)
	require.NoError(t, err)
	_, err = newAuth(t, cfg).Verify("any", "bob", knownUserSigs[0], noon)
	require.Error(t, err)
}

func TestAdmins(t *testing.T) {
	a := newAuth(t, config())
	id, err := a.Verify(appID, "root", good04("root"), noon)
	require.NoError(t, err)
	require.True(t, id.AppAdmin)
	require.Equal(t, issued.Unix(), id.IssuedAt.Unix())
	require.True(t, a.AppAdmin("root"))
	require.False(t, a.AppAdmin("alice"))
}

func TestMintAndInspect(t *testing.T) {
	cfg := config()
	cfg.Keys[2].Private = edPrivate
	a := newAuth(t, cfg)
	for _, k := range cfg.Keys {
		t.Run(k.ID, func(t *testing.T) {
			tok, err := a.Mint(auth.MintRequest{User: "bob", KeyID: k.ID, IssuedAt: issued, Life: 24 * time.Hour})
			require.NoError(t, err)
			_, err = a.Verify(appID, "bob", tok, noon)
			require.NoError(t, err)
			in := a.Inspect(tok, noon)
			require.NoError(t, in.Fault)
			require.Equal(t, k.ID, in.KeyID)
			require.Equal(t, k.Format, in.Format)
			require.Equal(t, group.UserID("bob"), in.User)
			require.Equal(t, []string{appID}, in.Apps)
			require.Equal(t, issued.Unix(), in.IssuedAt.Unix())
			require.Equal(t, expires.Unix(), in.ExpiresAt.Unix())
			require.Error(t, a.Inspect(tok, expires).Fault)

			stranger := newAuth(t, auth.Config{Dev: true}).Inspect(tok, noon)
			require.Error(t, stranger.Fault)
			require.Empty(t, stranger.KeyID)
			require.Equal(t, k.Format, stranger.Format)
			require.Equal(t, expires.Unix(), stranger.ExpiresAt.Unix(), "what the token claims")
		})
	}
	_, err := a.Mint(auth.MintRequest{User: "bob", KeyID: "none", IssuedAt: issued, Life: time.Hour})
	require.Error(t, err)
	_, err = newAuth(t, config()).Mint(auth.MintRequest{User: "bob", KeyID: "ed", IssuedAt: issued, Life: time.Hour})
	require.Error(t, err, "no private key")
	require.Error(t, a.Inspect("what", noon).Fault)
}

func TestValidate(t *testing.T) {
	change := func(f func(*auth.Config)) auth.Config {
		c := config()
		f(&c)
		return c
	}
	tests := []struct {
		name string
		cfg  auth.Config
		want string
	}{
		{"fine", config(), ""},
		{"dev needs nothing", auth.Config{Dev: true}, ""},
		{"no app", change(func(c *auth.Config) { c.AppID = "" }), "AppID is missing"},
		{"no keys", auth.Config{AppID: "x"}, "no keys"},
		{"same id", change(func(c *auth.Config) { c.Keys[1].ID = "new" }), "taken"},
		{"short secret", change(func(c *auth.Config) { c.Keys[0].Secret = []byte("short") }), "at least 32"},
		{"no public key", change(func(c *auth.Config) { c.Keys[2].Public = nil }), "public key"},
		{"app is no number", change(func(c *auth.Config) { c.Keys[3].AppID = "chat" }), "not a number"},
		{"length of the 04 secret", change(func(c *auth.Config) { c.Keys[4].Secret = []byte("0123456789abcdef") }), "must have 32"},
		{"unknown format", change(func(c *auth.Config) { c.Keys[0].Format = "rot13" }), "unknown format"},
		{"negative skew", change(func(c *auth.Config) { c.Skew = -1 }), "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := auth.New(tt.cfg)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestKeysPrintWithoutSecrets(t *testing.T) {
	k := config().Keys[3]
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k), k.LogValue().String(), fmt.Sprintf("%v", config().Keys)} {
		require.NotContains(t, s, sigSecret)
		require.NotContains(t, s, fmt.Sprint([]byte(sigSecret))[1:20])
	}
}

// Whatever the bytes: no panic, one of the two errors, and never another user.
func fuzz(f *testing.F, prefix string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	a := newAuth(f, config())
	f.Fuzz(func(t *testing.T, token string) {
		token = prefix + token
		_, err := a.Verify(appID, "mallory", token, noon)
		var e *protocol.Error
		require.ErrorAs(t, err, &e)
		require.Contains(t, []string{"auth_failed", "token_expired"}, e.Name)
		_ = a.Inspect(token, noon)
	})
}

func FuzzJWT(f *testing.F) {
	fuzz(f, "", signJWT(f, jwt.SigningMethodHS256, "new", hsSecret, claims()), signJWT(f, jwt.SigningMethodEdDSA, "ed", edPrivate, claims()), "..")
}

func FuzzUserSig(f *testing.F) {
	fuzz(f, "e", knownUserSigs[0][1:], knownUserSigs[1][1:], knownUserBuf[1:])
}

func FuzzToken04(f *testing.F) { fuzz(f, "04", knownToken04[2:], good04("alice")[2:]) }
