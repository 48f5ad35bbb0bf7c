package load

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// Tokens gives each user a token.
type Tokens func(user string) string

// AppID is the application that the server is started with (profile.yaml).
const AppID = "bench"

// keyID is the name of the key that it is started with.
const keyID = "bench"

// HS256 mints signed tokens that live a day.
func HS256(secret, appID string) Tokens {
	return func(user string) string {
		now := time.Now().Unix()
		claims := map[string]any{"sub": user, "aud": appID, "iat": now, "exp": now + 86400}
		return sign(map[string]any{"alg": "HS256", "typ": "JWT", "kid": keyID}, claims, secret)
	}
}

// Same gives every user the same token: the empty one is enough for a server
// in development mode.
func Same(token string) Tokens { return func(string) string { return token } }

func sign(header, claims map[string]any, secret string) string {
	text := part(header) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func part(v map[string]any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("token part cannot be written: %v", err)) // strings and numbers always can
	}
	return base64.RawURLEncoding.EncodeToString(data)
}
