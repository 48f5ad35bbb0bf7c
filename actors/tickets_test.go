package actors

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

const (
	ticketLife = int64(600_000)
	ticketDay  = int64(1_800_000_000_000)
)

// annsTicket is what a login of ann's phone gives, with a token of one hour.
func annsTicket() ticket {
	return ticket{app: "chat", user: "ann", device: "phone", issued: ticketDay - 1000, until: ticketDay + 3_600_000}
}

func give(t require.TestingT, of *tickets, g ticket, now int64) string {
	text, expires := of.issue(&g, now)
	require.NotEmpty(t, text)
	require.Equal(t, min(now+of.life, g.until), expires)
	return text
}

// showTicket is what ann's phone hears of a ticket.
func showTicket(of *tickets, text string, now int64) refusal {
	_, why := of.redeem(text, "chat", "ann", "phone", now)
	return why
}

func TestTicketIsGoodOnce(t *testing.T) {
	of := newTickets(ticketLife)
	text := give(t, of, annsTicket(), ticketDay)
	g, why := of.redeem(text, "chat", "ann", "phone", ticketDay)
	require.Equal(t, resumed, why)
	require.Equal(t, annsTicket().issued, g.issued)
	require.Equal(t, annsTicket().until, g.until)
	require.Equal(t, ticketUsed, showTicket(of, text, ticketDay))
	require.Equal(t, resumed, showTicket(of, give(t, of, annsTicket(), ticketDay), ticketDay))
}

// What a ticket may not do; refused it is good for its owner still.
func TestTicketRefused(t *testing.T) {
	for name, c := range map[string]struct {
		app, user, device string
		after             int64
		before            func(*tickets)
		want              refusal
		spent             bool
	}{
		"another device":       {device: "laptop", want: ticketDevice},
		"no device":            {device: "-", want: ticketDevice},
		"another user":         {user: "bob", want: ticketDevice},
		"another application":  {app: "game", want: ticketDevice},
		"at its end":           {after: ticketLife, want: ticketExpired, spent: true},
		"just before its end":  {after: ticketLife - 1, want: resumed, spent: true},
		"device revoked":       {before: func(of *tickets) { of.revoke("ann", "phone", ticketDay) }, want: ticketRevoked, spent: true},
		"user revoked":         {before: func(of *tickets) { of.revoke("ann", "", ticketDay) }, want: ticketRevoked, spent: true},
		"other device revoked": {before: func(of *tickets) { of.revoke("ann", "laptop", ticketDay) }, want: resumed, spent: true},
		"other user revoked":   {before: func(of *tickets) { of.revoke("bob", "phone", ticketDay) }, want: resumed, spent: true},
		"stopped":              {before: func(of *tickets) { of.seal(ticketDay) }, want: ticketBoot, spent: true},
	} {
		t.Run(name, func(t *testing.T) {
			of := newTickets(ticketLife)
			text := give(t, of, annsTicket(), ticketDay)
			if c.before != nil {
				c.before(of)
			}
			or := func(s, def string) string {
				switch s {
				case "":
					return def
				case "-":
					return ""
				}
				return s
			}
			_, why := of.redeem(text, or(c.app, "chat"), group.UserID(or(c.user, "ann")), or(c.device, "phone"), ticketDay+c.after)
			require.Equal(t, c.want, why)
			if !c.spent {
				require.Equal(t, resumed, showTicket(of, text, ticketDay))
			}
		})
	}
}

func TestTicketAfterRevocationIsGood(t *testing.T) {
	of := newTickets(ticketLife)
	old := give(t, of, annsTicket(), ticketDay)
	of.revoke("ann", "phone", ticketDay)
	// Of the same millisecond.
	require.Equal(t, resumed, showTicket(of, give(t, of, annsTicket(), ticketDay), ticketDay))
	require.Equal(t, ticketRevoked, showTicket(of, old, ticketDay))
}

func TestTicketEndsWithItsToken(t *testing.T) {
	of := newTickets(ticketLife)
	g := annsTicket()
	g.until = ticketDay + 1000
	text := give(t, of, g, ticketDay)
	require.Equal(t, ticketExpired, showTicket(of, text, ticketDay+1000))
	over, _ := of.issue(&g, ticketDay+1000)
	require.Empty(t, over, "none for a token that is over")
	g.until = 0
	text, expires := of.issue(&g, ticketDay)
	require.NotEmpty(t, text, "a token without an end")
	require.Equal(t, of.at+ticketLife, expires)
	none, _ := newTickets(0).issue(&g, ticketDay)
	require.Empty(t, none, "switched off")
}

func TestForgedTickets(t *testing.T) {
	of := newTickets(ticketLife)
	text := give(t, of, annsTicket(), ticketDay)
	raw, err := ticketText.DecodeString(text)
	require.NoError(t, err)
	for i := range raw {
		for bit := range 8 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1 << bit
			why := showTicket(of, ticketText.EncodeToString(bad), ticketDay)
			if boot := i >= 1 && i < 9; boot {
				require.Equal(t, ticketBoot, why)
			} else {
				require.Equal(t, ticketMalformed, why, "byte %d bit %d", i, bit)
			}
		}
	}
	for n := range raw {
		require.NotEqual(t, resumed, showTicket(of, ticketText.EncodeToString(raw[:n]), ticketDay), "cut at %d", n)
	}
	long := ticketText.EncodeToString(make([]byte, maxTicket))
	for _, bad := range []string{"", "x", "?", text + "A", text + "=", long} {
		require.Equal(t, ticketMalformed, showTicket(of, bad, ticketDay), "%q", bad)
	}
	require.Equal(t, ticketBoot, showTicket(newTickets(ticketLife), text, ticketDay), "another boot")
	require.Equal(t, resumed, showTicket(of, text, ticketDay))
	g := annsTicket()
	g.app = string(make([]byte, maxTicket))
	long, _ = of.issue(&g, ticketDay)
	require.Empty(t, long, "one that would not be taken is not given")
}

// Time that goes back makes no ticket good again.
func TestTicketTimeDoesNotGoBack(t *testing.T) {
	of := newTickets(ticketLife)
	text := give(t, of, annsTicket(), ticketDay)
	require.Equal(t, resumed, showTicket(of, text, ticketDay))
	require.Equal(t, ticketExpired, showTicket(of, text, ticketDay+ticketLife))
	require.Equal(t, ticketExpired, showTicket(of, text, ticketDay))
}

// The lists hold what was given in one life and no more.
func TestTicketListsAreBounded(t *testing.T) {
	of := newTickets(ticketLife)
	const perSecond, hour = 50, 3600
	segments, revoked, due := 0, 0, 0
	for n := range int64(hour) {
		now := ticketDay + n*1000
		for i := range perSecond {
			g := annsTicket()
			g.until, g.device = 0, fmt.Sprint("d", n, "-", i)
			text, _ := of.issue(&g, now)
			_, why := of.redeem(text, g.app, g.user, g.device, now)
			require.Equal(t, resumed, why)
		}
		of.revoke("ann", fmt.Sprint("d", n), now)
		segments, revoked, due = max(segments, len(of.used.segments)), max(revoked, len(of.revoked.of)), max(due, len(of.revoked.due))
	}
	require.LessOrEqual(t, segments, perSecond*600/segmentTickets+2)
	require.LessOrEqual(t, revoked, 601)
	require.LessOrEqual(t, due, 601)
	of.pass(ticketDay + 2*hour*1000)
	require.Empty(t, of.used.segments)
	require.Empty(t, of.revoked.of)
	require.Empty(t, of.revoked.due)
}

// stored is a state after its way through storage.
func stored(t require.TestingT, of *tickets, now int64) (*persistence.TicketState, bool) {
	v, ok := of.seal(now)
	got, err := persistence.DecodeTicketState(persistence.EncodeTicketState(&v))
	require.NoError(t, err)
	return got, ok
}

func TestTicketsOutliveAnOrderlyStop(t *testing.T) {
	first := newTickets(ticketLife)
	used, kept, revoked := give(t, first, annsTicket(), ticketDay), give(t, first, annsTicket(), ticketDay), ""
	g := annsTicket()
	g.device = "laptop"
	revoked = give(t, first, g, ticketDay)
	require.Equal(t, resumed, showTicket(first, used, ticketDay))
	first.revoke("ann", "laptop", ticketDay)
	state, ok := stored(t, first, ticketDay+1)
	require.True(t, ok)

	second := newTickets(ticketLife)
	second.resume(state, ticketDay+1000)
	require.Equal(t, ticketUsed, showTicket(second, used, ticketDay+1000))
	_, why := second.redeem(revoked, "chat", "ann", "laptop", ticketDay+1000)
	require.Equal(t, ticketRevoked, why)
	require.Equal(t, resumed, showTicket(second, kept, ticketDay+1000))
	require.Equal(t, ticketUsed, showTicket(second, kept, ticketDay+1000))
	require.Equal(t, resumed, showTicket(second, give(t, second, annsTicket(), ticketDay+1000), ticketDay+1000))
	require.Equal(t, ticketBoot, showTicket(newTickets(ticketLife), kept, ticketDay+1000), "a start that found nothing")

	state, ok = stored(t, second, ticketDay+2000)
	require.True(t, ok)
	late := newTickets(ticketLife)
	late.resume(state, ticketDay+3_600_000)
	require.Equal(t, ticketBoot, showTicket(late, kept, ticketDay+3_600_000), "nothing was left to keep the key for")
	require.NotEqual(t, state.Key, late.key)
	_, ok = late.seal(ticketDay + 3_600_000)
	require.False(t, ok)
}

// Against lists that are maps and forget nothing.
func TestTicketsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of, now := newTickets(ticketLife), ticketDay
		type given struct {
			text, device string
			expires      int64
			used, gone   bool
		}
		var all []*given
		device := rapid.SampledFrom([]string{"a", "b", "c"})
		t.Repeat(map[string]func(*rapid.T){
			"give": func(t *rapid.T) {
				g := annsTicket()
				g.device, g.until = device.Draw(t, "device"), now+rapid.Int64Range(1, 2*ticketLife).Draw(t, "token")
				for range rapid.SampledFrom([]int{1, 3, 5000}).Draw(t, "tickets") {
					text, expires := of.issue(&g, now)
					all = append(all, &given{text: text, device: g.device, expires: expires})
				}
			},
			"show": func(t *rapid.T) {
				if len(all) == 0 {
					return
				}
				g := all[rapid.IntRange(0, len(all)-1).Draw(t, "ticket")]
				_, why := of.redeem(g.text, "chat", "ann", g.device, now)
				want := resumed
				switch {
				case g.expires <= now:
					want = ticketExpired
				case g.used:
					want = ticketUsed
				case g.gone:
					want = ticketRevoked
				}
				if want == ticketExpired && why == ticketBoot {
					return // of a key that was let go
				}
				require.Equal(t, want, why)
				g.used = g.used || why == resumed
			},
			"revoke": func(t *rapid.T) {
				d := rapid.SampledFrom([]string{"a", "b", "c", ""}).Draw(t, "device")
				of.revoke("ann", d, now)
				for _, g := range all {
					g.gone = g.gone || d == "" || d == g.device
				}
			},
			"wait": func(t *rapid.T) { now += rapid.Int64Range(1, ticketLife/2).Draw(t, "ms") },
			"restart": func(t *rapid.T) {
				state, ok := stored(t, of, now)
				if of = newTickets(ticketLife); ok {
					of.resume(state, now)
				}
			},
		})
	})
}

func FuzzTicket(f *testing.F) {
	of := newTickets(ticketLife)
	of.begin(7, []byte("the same in every process"))
	g := annsTicket()
	text, _ := of.issue(&g, ticketDay)
	raw, _ := ticketText.DecodeString(text)
	f.Add(raw[:len(raw)-ticketMAC])
	f.Add([]byte{ticketVersion})
	f.Add(appendTicket(nil, &ticket{boot: 7, id: math.MaxUint64, expires: math.MaxInt64, user: "ann"}))
	f.Fuzz(func(t *testing.T, body []byte) {
		if why := showTicket(of, ticketText.EncodeToString(body), ticketDay); why == resumed {
			t.Fatal("taken without a signature")
		}
		read, ok := parseTicket(body)
		if again, _ := parseTicket(appendTicket(nil, &read)); ok && again != read {
			t.Fatalf("%+v became %+v", read, again)
		}
		// Whatever we were to sign by mistake.
		signed := append(bytes.Clone(body), of.sign(body)...)
		got, why := of.redeem(ticketText.EncodeToString(signed), read.app, read.user, read.device, ticketDay)
		if why != resumed {
			return
		}
		if !ok || got != read || got.boot != 7 || got.expires <= ticketDay {
			t.Fatalf("taken, but not good: %+v", got)
		}
		of.used.segments[0].marks = [segmentTickets / 64]uint64{}
	})
}

func BenchmarkTicket(b *testing.B) {
	b.Run("issue", func(b *testing.B) {
		of, now := newTickets(ticketLife), ticketDay
		for b.Loop() {
			g := annsTicket()
			if text, _ := of.issue(&g, now); text == "" {
				b.Fatal("none")
			}
			now++
		}
	})
	b.Run("check", func(b *testing.B) {
		of := newTickets(ticketLife)
		g := annsTicket()
		text, _ := of.issue(&g, ticketDay)
		for b.Loop() {
			of.used.segments[0].marks[0] = 0
			if _, why := of.redeem(text, "chat", "ann", "phone", ticketDay); why != resumed {
				b.Fatal(why)
			}
		}
	})
}
