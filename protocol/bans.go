package protocol

import (
	"net/netip"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Bans and revocation (spec 19.13).

// ParseNetwork reads an IP address or a network, as 192.0.2.7 or 2001:db8::/32;
// an address is the network of itself. IPv4 written as IPv6 is IPv4; zones are
// refused. What is behind the network's bits is dropped.
func ParseNetwork(s string) (netip.Prefix, *Error) {
	const field = "address"
	addr, err := netip.ParseAddr(s)
	if err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, InvalidParameter(field, "must be an IP address or a network, as 192.0.2.0/24")
	}
	if addr = p.Addr(); addr.Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, InvalidParameter(field, "reaches beyond the addresses of IPv4")
		}
		p = netip.PrefixFrom(addr.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// NetworkText is the text of a network in answers: a single address without
// its bits.
func NetworkText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func checkSetBan(r *troupev1.SetBan) *Error {
	if err := checkSubject(r.GetUserId(), r.GetAddress()); err != nil {
		return err
	}
	if d := r.Duration; d == nil || *d != -1 && (*d < 1 || *d > MaxBanSeconds) {
		return InvalidParameter("duration", "must be 1 to 31536000 seconds, or -1")
	}
	return checkChars("reason", r.GetReason(), MaxReasonCharacters)
}

// checkSubject checks whom a ban is about.
func checkSubject(user, address string) *Error {
	switch {
	case user != "" && address != "":
		return InvalidParameter("address", "takes the place of the user id; give one of the two")
	case address != "":
		_, err := ParseNetwork(address)
		return err
	}
	return CheckUserID("user_id", user)
}

func checkRevokeTokens(r *troupev1.RevokeTokens) *Error {
	if r.GetNotBefore() < 0 {
		return InvalidParameter("not_before", "out of range")
	}
	return optionalUser("user_id", r.GetUserId())
}
