package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate names every value that cannot work, alone or together with
// another; all of them, joined. It reads the files that hold secrets and keys.
func (c *Config) Validate() error {
	return errors.Join(slices.Concat(
		c.validateServer(), c.validateData(), c.validateDev(), c.validateAuth(),
		c.Limits.validate(), c.validateDrain(), c.Runtime.validate(), c.validateLog())...)
}

func bad(path, format string, args ...any) error {
	return fmt.Errorf(path+": "+format, args...)
}

func (c *Config) validateServer() (errs []error) {
	s := &c.Server
	if err := checkAddr(s.Addr); err != nil {
		errs = append(errs, bad("server.addr", "%w", err))
	}
	if s.AdminAddr != "" {
		if err := checkAddr(s.AdminAddr); err != nil {
			errs = append(errs, bad("server.admin_addr", "%w", err))
		} else if s.AdminAddr == s.Addr && !strings.HasSuffix(s.Addr, ":0") {
			errs = append(errs, bad("server.admin_addr", "must differ from server.addr"))
		}
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		errs = append(errs, bad("server.tls_cert", "needs server.tls_key, and the other way round"))
	}
	for _, o := range s.Origins {
		if u, err := url.Parse(o); o != "*" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "") {
			errs = append(errs, bad("server.origins", "%q is no origin such as https://chat.example.org", o))
		}
	}
	for _, p := range s.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			errs = append(errs, bad("server.trusted_proxies", "%q is no network such as 10.0.0.0/8", p))
		}
	}
	return errs
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return fmt.Errorf("%q is no address such as 127.0.0.1:8080", addr)
	}
	return nil
}

func (c *Config) validateData() (errs []error) {
	if c.Data.Dir == "" {
		errs = append(errs, bad("data.dir", "must not be empty"))
	}
	return errs
}

func (c *Config) validateDev() (errs []error) {
	if !c.Dev {
		if len(c.DevAdmins) > 0 {
			errs = append(errs, bad("dev_admins", "has no effect without dev; use app.admins"))
		}
		return errs
	}
	if !loopback(c.Server.Addr) {
		errs = append(errs, bad("dev", "lets anybody in, so server.addr must be a loopback address, not %q", c.Server.Addr))
	}
	return errs
}

// loopback reports whether nobody outside this machine can reach an address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// formats are the formats of tokens.
var formats = []string{"hs256", "eddsa", "usersig", "token04"}

func (c *Config) validateAuth() (errs []error) {
	a := &c.Auth
	if !c.Dev && len(a.Keys) == 0 {
		errs = append(errs, bad("auth.keys", "is empty, so nobody could log in; add a key, or set dev on a loopback address"))
	}
	if !c.Dev && c.App.ID == "" {
		errs = append(errs, bad("app.id", "is needed, unless dev is set"))
	}
	if a.Skew.Std() > time.Hour {
		errs = append(errs, bad("auth.skew", "must be at most 1h"))
	}
	var kids []string
	for i := range a.Keys {
		k := &a.Keys[i]
		path := fmt.Sprintf("auth.keys[%d]", i)
		if k.KID == "" || slices.Contains(kids, k.KID) {
			errs = append(errs, bad(path+".kid", "must be given and unique"))
		}
		kids = append(kids, k.KID)
		if err := k.check(c.App.ID); err != nil {
			errs = append(errs, bad(path, "%w", err))
		}
	}
	return errs
}

func (k *Key) check(appID string) error {
	if _, err := k.End(); err != nil {
		return err
	}
	switch k.Format {
	case "hs256":
		return k.checkSecret(32, 0)
	case "usersig":
		return errors.Join(k.checkSecret(16, 0), k.checkApp(appID))
	case "token04":
		return errors.Join(k.checkSecret(32, 32), k.checkApp(appID))
	case "eddsa":
		if k.Secret != (Secret{}) {
			return errors.New("format eddsa takes a public key, not a secret")
		}
		_, err := k.Ed25519()
		return err
	}
	return fmt.Errorf("format must be one of %s, not %q", strings.Join(formats, ", "), k.Format)
}

func (k *Key) checkSecret(least, top int) error {
	if k.Public != (Public{}) {
		return fmt.Errorf("format %s takes a secret, not a public key", k.Format)
	}
	b, err := k.Bytes()
	switch {
	case err != nil:
		return err
	case len(b) < least:
		return fmt.Errorf("the secret has %d bytes, must have at least %d", len(b), least)
	case top > 0 && len(b) > top:
		return fmt.Errorf("the secret has %d bytes, must have %d", len(b), top)
	}
	return nil
}

// checkApp: tokens of the vendors' formats carry the application as a number.
func (k *Key) checkApp(general string) error {
	app := cmp.Or(k.AppID, general)
	if n, err := strconv.ParseUint(app, 10, 32); err != nil || n == 0 {
		return fmt.Errorf("app_id, or app.id, must be a number, not %q", app)
	}
	return nil
}

// End is the moment from which the key is void; zero = never.
func (k *Key) End() (time.Time, error) {
	if k.NotAfter == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, k.NotAfter)
	if err != nil {
		return t, fmt.Errorf("not_after: %q is no time such as 2027-01-31T00:00:00Z", k.NotAfter)
	}
	return t, nil
}

func (c *Config) validateDrain() (errs []error) {
	for path, d := range map[string]Duration{
		"drain.window": c.Drain.Window, "drain.return_window": c.Drain.ReturnWindow, "drain.finish": c.Drain.Finish,
	} {
		if d.Std() > time.Hour {
			errs = append(errs, bad(path, "must be at most 1h"))
		}
	}
	return errs
}

func (c *Config) validateLog() (errs []error) {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		errs = append(errs, bad("log.level", "must be debug, info, warn or error, not %q", c.Log.Level))
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		errs = append(errs, bad("log.format", "must be text or json, not %q", c.Log.Format))
	}
	return errs
}
