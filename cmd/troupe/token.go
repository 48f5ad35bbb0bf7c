package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/gateway/auth"
	"github.com/troupe-im/troupe/group"
)

func newToken(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make and read login tokens",
		Long: "Tokens are made by the application's own server; these commands are for trying out and for\n" +
			"finding faults. The keys are those of the configuration, or one key given by flags:\n" +
			"--format with --secret-file (hs256, usersig, token04) or --key-file (eddsa).",
		Example: "  troupe token mint -c troupe.yaml ann\n  troupe token inspect -c troupe.yaml \"$TOKEN\"",
	}
	family(c)
	c.AddCommand(newTokenMint(a), newTokenInspect(a))
	return c
}

// keyFlags say where the keys come from.
type keyFlags struct {
	file                               *string
	format, kid, appID, secret, keyPEM string
}

func (f *keyFlags) add(a *app, c *cobra.Command) {
	f.file = configFlag(a, c)
	c.Flags().StringVar(&f.format, "format", "", "format of a key given by flags: hs256, eddsa, usersig or token04")
	c.Flags().StringVar(&f.kid, "kid", "", "key `id`; with --config it chooses the key")
	c.Flags().StringVar(&f.appID, "app-id", "", "application `id`, with --format")
	c.Flags().StringVar(&f.secret, "secret-file", "", "`file` with the secret, with --format")
	c.Flags().StringVar(&f.keyPEM, "key-file", "", "`file` with an Ed25519 key, PEM, with --format eddsa (private to mint)")
}

func (f *keyFlags) authenticator(a *app) (*auth.Authenticator, error) {
	if f.format == "" {
		cfg, err := a.load(*f.file)
		if err != nil {
			return nil, err
		}
		return server.Auth(&cfg)
	}
	key := auth.Key{ID: f.kid, Format: auth.Format(f.format)}
	if key.ID == "" {
		key.ID = "default"
	}
	var err error
	if key.Format == auth.EdDSA {
		key.Public, key.Private, err = readEd25519(f.keyPEM)
	} else {
		secret := config.Secret{File: f.secret}
		key.Secret, err = secret.Bytes()
	}
	if err != nil {
		return nil, err
	}
	return auth.New(auth.Config{AppID: f.appID, Keys: []auth.Key{key}})
}

// readEd25519 reads a key of either kind.
func readEd25519(path string) (ed25519.PublicKey, ed25519.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("key-file: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, nil, errors.New("key-file: not PEM")
	}
	if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if private, ok := parsed.(ed25519.PrivateKey); ok {
			return nil, private, nil
		}
	}
	public := config.Public{KeyFile: path}
	key, err := public.Ed25519()
	return key, nil, err
}

func newTokenMint(a *app) *cobra.Command {
	var keys keyFlags
	var life time.Duration
	c := &cobra.Command{
		Use:   "mint USER",
		Short: "Make a token",
		Example: "  troupe token mint -c troupe.yaml --life 1h ann\n" +
			"  troupe token mint --format usersig --app-id 1400000000 --secret-file key.txt ann",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			au, err := keys.authenticator(a)
			if err != nil {
				return err
			}
			kid := keys.kid
			if keys.format != "" {
				kid = ""
			}
			token, err := au.Mint(auth.MintRequest{
				User: group.UserID(args[0]), KeyID: kid, IssuedAt: time.Now().Truncate(time.Second), Life: life,
			})
			if err != nil {
				return err
			}
			a.print("%s\n", token)
			return nil
		},
	}
	keys.add(a, c)
	c.Flags().DurationVar(&life, "life", 24*time.Hour, "how long it is valid")
	return c
}

func newTokenInspect(a *app) *cobra.Command {
	var keys keyFlags
	c := &cobra.Command{
		Use:   "inspect TOKEN",
		Short: "Say what a token claims and whether a login with it would succeed",
		Long: "inspect takes a token apart; - reads it from standard input. Exit status 1 if a login with\n" +
			"it would fail now.",
		Example: "  troupe token mint -c troupe.yaml ann | troupe token inspect -c troupe.yaml -",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			token := args[0]
			if token == "-" {
				data, err := io.ReadAll(io.LimitReader(a.stdin, 64<<10))
				if err != nil {
					return err
				}
				token = strings.TrimSpace(string(data))
			}
			au, err := keys.authenticator(a)
			if err != nil {
				return err
			}
			return a.printInspection(au.Inspect(token, time.Now()))
		},
	}
	keys.add(a, c)
	return c
}

func (a *app) printInspection(in auth.Inspection) error {
	for _, line := range []struct{ name, value string }{
		{"format", string(in.Format)}, {"key", in.KeyID}, {"user", string(in.User)},
		{"application", strings.Join(in.Apps, ", ")},
		{"issued", moment(in.IssuedAt)}, {"expires", moment(in.ExpiresAt)},
	} {
		if line.value != "" {
			a.print("%-12s %s\n", line.name, line.value)
		}
	}
	if in.Fault != nil {
		return fmt.Errorf("a login would fail: %w", in.Fault)
	}
	a.print("%-12s a login would succeed\n", "verdict")
	return nil
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
