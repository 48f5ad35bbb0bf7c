package auth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// token04 is the plain text of a ZEGO token 04. Times are Unix seconds.
type token04 struct {
	AppID   uint64 `json:"app_id"`
	UserID  string `json:"user_id"`
	Created int64  `json:"ctime"`
	Expire  int64  `json:"expire"`
	Nonce   int64  `json:"nonce"`
	Payload string `json:"payload"`
}

// sealed04 is a token 04 before decryption.
type sealed04 struct {
	expire int64
	iv     []byte
	text   []byte
}

// readToken04 decrypts a ZEGO token 04. Whatever is wrong, the same work is
// done and the same error given, as the format has nothing to tell a forgery by
// but its contents.
func (a *Authenticator) readToken04(token string, now time.Time) (*claims, error) {
	sealed, err := openToken04(token)
	if err != nil {
		return nil, err
	}
	var out *claims
	for _, k := range a.keys(Token04, now) {
		if t, ok := sealed.decrypt(k.Secret); ok && k.AppID == strconv.FormatUint(t.AppID, 10) && out == nil {
			out = &claims{
				key: k, user: t.UserID, apps: []string{k.AppID},
				issued: time.Unix(t.Created, 0), expires: time.Unix(t.Expire, 0),
			}
		}
	}
	if out == nil {
		return nil, errKey
	}
	return out, nil
}

// openToken04 takes the outer form apart.
func openToken04(token string) (*sealed04, error) {
	data, err := base64.StdEncoding.DecodeString(token[len("04"):])
	if err != nil {
		return nil, formError("base64")
	}
	const head = 8 + 2
	if len(data) < head {
		return nil, formError("length")
	}
	s := &sealed04{expire: int64(binary.BigEndian.Uint64(data))}
	iv, rest, ok := cut16(data[8:])
	text, rest, ok2 := cut16(rest)
	switch {
	case !ok || !ok2 || len(rest) != 0:
		return nil, formError("length")
	case len(iv) != aes.BlockSize || len(text) == 0 || len(text)%aes.BlockSize != 0:
		return nil, formError("cipher")
	}
	s.iv, s.text = iv, text
	return s, nil
}

// cut16 cuts off a field that follows its length of 16 bits.
func cut16(b []byte) (field, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// decrypt gives the contents if all of it is as it must be.
func (s *sealed04) decrypt(secret []byte) (token04, bool) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return token04{}, false
	}
	plain := make([]byte, len(s.text))
	cipher.NewCBCDecrypter(block, s.iv).CryptBlocks(plain, s.text)
	n, padded := unpad(plain)
	var t token04
	// Parsed even if the padding is wrong, so that both take alike long.
	d := json.NewDecoder(bytes.NewReader(plain[:n]))
	d.DisallowUnknownFields()
	err = d.Decode(&t)
	_, end := d.Token()
	ok := padded && err == nil && end == io.EOF && t.Expire == s.expire && t.UserID != "" &&
		t.Created > 0 && t.Created < maxSeconds && t.Expire > t.Created && t.Expire < maxSeconds
	return t, ok
}

// unpad checks PKCS#7 padding without branches on its bytes. If it is wrong,
// n is a length to go on with all the same.
func unpad(b []byte) (n int, ok bool) {
	last := int(b[len(b)-1])
	good := subtle.ConstantTimeLessOrEq(1, last) & subtle.ConstantTimeLessOrEq(last, aes.BlockSize)
	for i := 1; i <= aes.BlockSize; i++ {
		inside := subtle.ConstantTimeLessOrEq(i, last)
		same := subtle.ConstantTimeByteEq(b[len(b)-i], byte(last))
		good &= subtle.ConstantTimeSelect(inside, same, 1)
	}
	return len(b) - subtle.ConstantTimeSelect(good, last, 1), good == 1
}

// mintToken04 makes a token 04.
func (k *Key) mintToken04(r *MintRequest, appID uint64) (string, error) {
	var random [24]byte
	if _, err := io.ReadFull(r.random(), random[:]); err != nil {
		return "", err
	}
	plain, err := json.Marshal(&token04{
		AppID: appID, UserID: string(r.User), Created: r.IssuedAt.Unix(), Expire: r.IssuedAt.Add(r.Life).Unix(),
		Nonce: int64(int32(binary.BigEndian.Uint32(random[16:]))),
	})
	if err != nil {
		return "", err
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(k.Secret)
	if err != nil {
		return "", err
	}
	iv := random[:aes.BlockSize]
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	out := binary.BigEndian.AppendUint64(nil, uint64(r.IssuedAt.Add(r.Life).Unix()))
	out = append(binary.BigEndian.AppendUint16(out, aes.BlockSize), iv...)
	out = append(binary.BigEndian.AppendUint16(out, uint16(len(plain))), plain...)
	return "04" + base64.StdEncoding.EncodeToString(out), nil
}
