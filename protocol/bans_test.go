package protocol

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"192.0.2.7/32":         "192.0.2.7",
		"192.0.2.7/24":         "192.0.2.0/24",
		"0.0.0.0/0":            "0.0.0.0/0",
		"2001:DB8:0::7":        "2001:db8::7",
		"2001:db8::7/32":       "2001:db8::/32",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"::ffff:192.0.2.7/120": "192.0.2.0/24",
		"::/0":                 "::/0",
		"":                     "",
		"localhost":            "",
		"192.0.2":              "",
		"192.0.2.7/33":         "",
		"192.0.2.07":           "",
		"192.0.2.7:80":         "",
		"fe80::1%eth0":         "",
		"fe80::1%eth0/64":      "",
		"::ffff:0.0.0.0/64":    "",
	} {
		p, err := ParseNetwork(text)
		if want == "" {
			require.NotNil(t, err, text)
			require.Equal(t, "address", err.Field())
			continue
		}
		require.Nil(t, err, text)
		require.Equal(t, want, NetworkText(p))
		again, err := ParseNetwork(p.String())
		require.Nil(t, err)
		require.Equal(t, p, again)
	}
}

func TestBanParameters(t *testing.T) {
	for call, field := range map[string]string{
		`{"set_ban":{"user_id":"a","duration":1}}`:                                                      "",
		`{"set_ban":{"address":"192.0.2.7","duration":-1,"reason":"` + strings.Repeat("é", 128) + `"}}`: "",
		`{"set_ban":{"user_id":"a","duration":31536000}}`:                                               "",
		`{"set_ban":{"user_id":"a","duration":31536001}}`:                                               "duration",
		`{"set_ban":{"user_id":"a","duration":0}}`:                                                      "duration",
		`{"set_ban":{"user_id":"a","duration":-2}}`:                                                     "duration",
		`{"set_ban":{"user_id":"a"}}`:                                                                   "duration",
		`{"set_ban":{"user_id":"a","duration":1,"reason":"` + strings.Repeat("é", 129) + `"}}`:          "reason",
		`{"set_ban":{"user_id":"a","address":"192.0.2.7","duration":1}}`:                                "address",
		`{"set_ban":{"address":"x","duration":1}}`:                                                      "address",
		`{"set_ban":{"duration":1}}`:                                                                    "user_id",
		`{"set_ban":{"user_id":"@TIM#x","duration":1}}`:                                                 "user_id",
		`{"lift_ban":{}}`:                                   "user_id",
		`{"lift_ban":{"address":"192.0.2.0/24"}}`:           "",
		`{"list_bans":{"count":0}}`:                         "count",
		`{"list_bans":{"count":101}}`:                       "count",
		`{"revoke_tokens":{}}`:                              "",
		`{"revoke_tokens":{"user_id":"a","not_before":-1}}`: "not_before",
		`{"revoke_tokens":{"user_id":"a b"}}`:               "user_id",
	} {
		req := new(troupev1.Request)
		require.NoError(t, UnmarshalJSON([]byte(call), req), call)
		req.RequestId = "r"
		err := Check(req)
		if field == "" {
			require.Nil(t, err, call)
			continue
		}
		require.NotNil(t, err, call)
		require.Equal(t, field, err.Field(), call)
	}
}
