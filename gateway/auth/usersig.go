package auth

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// userSig is the JSON object of a UserSig.
type userSig struct {
	Version    string `json:"TLS.ver"`
	Identifier string `json:"TLS.identifier"`
	AppID      uint64 `json:"TLS.sdkappid"`
	// Expire is the life in seconds, Time the issue time, Unix seconds.
	Expire int64  `json:"TLS.expire"`
	Time   int64  `json:"TLS.time"`
	Sig    string `json:"TLS.sig"`
	// UserBuf is base64; absent and empty are different in the signature.
	UserBuf *string `json:"TLS.userbuf,omitempty"`
}

const (
	userSigVersion = "2.0"
	// maxUserSig bounds the decompressed object: a real one has some 300 bytes.
	maxUserSig = 4 << 10
	// maxSeconds bounds times and lives, so that sums cannot overflow.
	maxSeconds = 1 << 40
)

// The alphabet of UserSig, each way.
var (
	fromUserSig = strings.NewReplacer("*", "+", "-", "/", "_", "=")
	toUserSig   = strings.NewReplacer("+", "*", "/", "-", "=", "_")
)

// readUserSig verifies a Tencent UserSig.
func (a *Authenticator) readUserSig(token string, now time.Time) (*claims, error) {
	sig, err := decodeUserSig(token)
	if err != nil {
		return nil, err
	}
	got, err := base64.StdEncoding.DecodeString(sig.Sig)
	if err != nil {
		return nil, formError("signature")
	}
	var used *Key
	for _, k := range a.keys(UserSig, now) {
		if hmac.Equal(got, sig.sign(k.Secret)) {
			used = k
		}
	}
	if used == nil {
		return nil, errKey
	}
	issued := time.Unix(sig.Time, 0)
	return &claims{
		key: used, user: sig.Identifier, apps: []string{strconv.FormatUint(sig.AppID, 10)},
		issued: issued, expires: time.Unix(sig.Time+sig.Expire, 0),
	}, nil
}

func decodeUserSig(token string) (*userSig, error) {
	if strings.ContainsAny(token, "+/=") {
		return nil, formError("alphabet")
	}
	packed, err := base64.StdEncoding.DecodeString(fromUserSig.Replace(token))
	if err != nil {
		return nil, formError("base64")
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, formError("compression")
	}
	data, err := io.ReadAll(io.LimitReader(z, maxUserSig+1))
	if err != nil || len(data) > maxUserSig {
		return nil, formError("compression")
	}
	var sig userSig
	if err := json.Unmarshal(data, &sig); err != nil {
		return nil, formError("json")
	}
	switch {
	case sig.Version != userSigVersion:
		return nil, formError("version")
	case sig.Time <= 0 || sig.Time > maxSeconds || sig.Expire <= 0 || sig.Expire > maxSeconds:
		return nil, formError("times")
	case strings.Contains(sig.Identifier, "\n") || sig.UserBuf != nil && strings.Contains(*sig.UserBuf, "\n"):
		// They would shift the lines that are signed.
		return nil, formError("line feed")
	}
	return &sig, nil
}

// sign makes the signature over the lines in their fixed order.
func (s *userSig) sign(secret []byte) []byte {
	h := hmac.New(sha256.New, secret)
	_, _ = fmt.Fprintf(h, "TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n", s.Identifier, s.AppID, s.Time, s.Expire)
	if s.UserBuf != nil {
		_, _ = fmt.Fprintf(h, "TLS.userbuf:%s\n", *s.UserBuf)
	}
	return h.Sum(nil)
}

// mintUserSig makes a UserSig.
func (k *Key) mintUserSig(r *MintRequest, appID uint64) (string, error) {
	s := userSig{
		Version: userSigVersion, Identifier: string(r.User), AppID: appID,
		Time: r.IssuedAt.Unix(), Expire: int64(r.Life / time.Second),
	}
	s.Sig = base64.StdEncoding.EncodeToString(s.sign(k.Secret))
	data, err := json.Marshal(&s)
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(data); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return toUserSig.Replace(base64.StdEncoding.EncodeToString(packed.Bytes())), nil
}
