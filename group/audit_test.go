package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// asOrdinary is what would be decided if the caller were no app_admin; nil if
// it is none. (In a livestream presence is not in the journal.)
func (w *world) asOrdinary(in *group.Input) *group.Decision {
	if !in.Caller.AppAdmin || w.m.Kind() == group.Livestream {
		return nil
	}
	plain := *in
	plain.Caller.AppAdmin = false
	d := w.replayed().Step(&plain)
	return &d
}

// TestAsAppAdmin: what rests on being an app_admin says so, whatever comes of
// it, and nothing else does (spec 19.13). That what does not say so rests on
// nothing of the kind is asserted of every step of every world.
func TestAsAppAdmin(t *testing.T) {
	const asMember, asAdmin = "ann invite root2", "ann role root2 to=admin"
	for name, c := range map[string]struct {
		before []string
		call   string
		want   bool
	}{
		"remove":                        {nil, "root kick bob", true},
		"remove by the owner":           {nil, "ann kick bob", false},
		"remove from its own group":     {[]string{asMember, "ann transfer root2"}, "root2 kick bob", false},
		"remove, not being anything":    {nil, "eve kick bob", false},
		"remove whom there is not":      {nil, "root kick eve", true},
		"remove the owner":              {nil, "root kick ann", true},
		"remove silently":               {nil, "ann kick bob silently", true},
		"remove silently, by nobody":    {nil, "bob kick ann silently", true},
		"bad parameters":                {nil, "root kick bob reason=" + long(129), true},
		"bad parameters as member":      {[]string{asMember}, "root2 kick bob reason=" + long(129), false},
		"bad parameters to join":        {nil, "root join message=" + long(301), false},
		"an ordinary member, as admin":  {[]string{asMember, asAdmin}, "root2 mute bob seconds=60", false},
		"an admin, as admin":            {[]string{asMember, asAdmin, "ann role bob to=admin"}, "root2 mute bob seconds=60", true},
		"give a role":                   {nil, "root role bob to=admin", true},
		"hand on":                       {nil, "root transfer bob", true},
		"send":                          {nil, "root send hi", true},
		"send as member":                {[]string{asMember}, "root2 send hi", false},
		"send though all are muted":     {[]string{asMember, "ann mute_group all"}, "root2 send hi", true},
		"a notice":                      {nil, "root notice x", true},
		"a notice of the owner":         {nil, "ann notice x", true},
		"one's own name card":           {[]string{asMember}, "root2 card root2 name=me", false},
		"one's own name card, outside":  {nil, "root card root name=me", false},
		"another's name card":           {nil, "root card bob name=me", true},
		"another's fields":              {nil, "root fields bob k=v", true},
		"another's reminding":           {nil, "root remind bob type=discard", true},
		"another's reminding, as owner": {nil, "ann remind bob type=discard", true},
		"one's own reminding":           {[]string{asMember}, "root2 remind type=discard", false},
		"edit":                          {nil, "root update introduction=x", true},
		"modes":                         {nil, "root modes join_option=closed", true},
		"mute all":                      {nil, "root mute_group all", true},
		"list members":                  {nil, "root list", true},
		"list members as member":        {[]string{asMember}, "root2 list", false},
		"look up members":               {nil, "root get bob", true},
		"the profile":                   {nil, "root profile", true},
		"the profile as member":         {[]string{asMember}, "root2 profile", false},
		"search":                        {nil, "root profile search", false},
		"history":                       {nil, "root history", true},
		"history before joining":        {[]string{"ann send hi", asMember}, "root2 history", true},
		"history of the owner":          {nil, "ann history", false},
		"dismiss":                       {nil, "root dismiss", true},
		"dismiss one's own":             {[]string{asMember, "ann transfer root2"}, "root2 dismiss", false},
		"join":                          {nil, "root join", false},
		"invite":                        {nil, "root invite eve", true},
		"invite as member":              {[]string{asMember}, "root2 invite eve", false},
		"invite past the approvers":     {[]string{asMember, "ann modes join_option=admin_approval"}, "root2 invite eve", true},
		"approve":                       {[]string{"ann modes join_option=admin_approval", "eve join"}, "root accept eve", true},
		"approve what is not there":     {nil, "root accept eve", true},
		"accept an invitation":          {nil, "root accept_invitation ann", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.run("ann create kind=custom members=bob")
			for _, line := range c.before {
				require.NotContains(t, w.run(line), "rejected")
			}
			words := tokens(t, c.call)
			d := w.do(group.UserID(words[0]), w.command(words[1], parseArgs(t, words[2:])))
			require.Equal(t, c.want, d.AsAppAdmin)
		})
	}
	w := newWorld(t)
	d := w.do("root", group.Create{Kind: group.Custom, Group: "g", Stream: 1, OwnerID: "ann"})
	require.True(t, d.AsAppAdmin, "a group for somebody else")
	require.True(t, w.do("root", group.Create{Kind: group.Custom, Group: "g", Stream: 2, OwnerID: "ann"}).AsAppAdmin, "where there is one")
	require.False(t, w.do("root", group.Create{Kind: group.Custom, Group: "g", Stream: 2}).AsAppAdmin)
	require.False(t, newWorld(t).do("root", group.Create{Kind: group.Custom, Group: "g", Stream: 1}).AsAppAdmin)
	w.req = 7
	first := w.do("root", group.SetNameCard{User: "ann", NameCard: "x"})
	require.True(t, first.AsAppAdmin)
	w.req = 7
	again := w.do("root", group.SetNameCard{User: "ann", NameCard: "x"})
	require.NotNil(t, again.Repeat)
	require.False(t, again.AsAppAdmin, "a repeated request adds no entry")
}
