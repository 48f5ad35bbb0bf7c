package group_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// A script line is "<user> <operation> [argument] [key=value …]"; values may be
// "quoted". Besides there are:
//
//	wait 10s             the clock goes on (ms, s, m, h, d)
//	fact bob groups=9    what the shell knows of a user: unknown, deleted, groups=, blocks, former
//	policy key kind "v"  a deployment's override
//	restart              the machine is made anew from the journal
//	restore              the machine is made anew from snapshots
//
// Users whose name begins with root are app administrators, "server" is the
// server itself.

// args are the arguments of a script line.
type args struct {
	t     testing.TB
	first string
	named map[string]string
	has   map[string]bool
	order []string
}

func tokens(t testing.TB, line string) []string {
	t.Helper()
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end, quoted := 0, false
		for end < len(line) && (quoted || line[end] != ' ') {
			if line[end] == '"' {
				quoted = !quoted
			}
			end++
		}
		require.False(t, quoted, "open quotation in %q", line)
		out = append(out, line[:end])
		line = line[end:]
	}
	return out
}

func parseArgs(t testing.TB, words []string) args {
	a := args{t: t, named: map[string]string{}, has: map[string]bool{}}
	for _, w := range words {
		key, value, named := strings.Cut(w, "=")
		switch {
		case named && !strings.HasPrefix(w, `"`):
			a.named[key] = strings.ReplaceAll(value, `"`, "")
			a.order = append(a.order, key)
		case a.first == "" && len(a.has) == 0:
			a.first = strings.ReplaceAll(w, `"`, "")
			a.has[w] = true
		default:
			a.has[w] = true
		}
	}
	return a
}

func (a args) is(flag string) bool { return a.has[flag] }

func (a args) int(key string) int64 {
	if a.named[key] == "" {
		return 0
	}
	n, err := strconv.ParseInt(a.named[key], 10, 64)
	require.NoError(a.t, err)
	return n
}

func list(s string) []group.UserID {
	if s == "" {
		return nil
	}
	var out []group.UserID
	for _, u := range strings.Split(s, ",") {
		out = append(out, group.UserID(u))
	}
	return out
}

func (a args) text(key string) *string {
	if v, ok := a.named[key]; ok {
		return &v
	}
	return nil
}

// enum reads an optional enumeration.
func enum[T any](a args, key string, parse func(string) (T, bool)) *T {
	if a.named[key] == "" {
		return nil
	}
	v, ok := parse(a.named[key])
	require.True(a.t, ok, "%s=%s", key, a.named[key])
	return &v
}

func value[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// fields reads what is given as field.key=value; value "-" deletes.
func (a args) fields() []group.CustomField {
	var out []group.CustomField
	for _, key := range a.order {
		name, ok := strings.CutPrefix(key, "field.")
		if !ok {
			continue
		}
		f := group.CustomField{Key: name}
		if v := a.named[key]; v != "-" {
			f.Value = &v
		}
		out = append(out, f)
	}
	return out
}

// run carries out one script line and gives what came of it; "" for lines
// that change only the world.
func (w *world) run(line string) string {
	w.t.Helper()
	words := tokens(w.t, line)
	require.NotEmpty(w.t, words)
	if len(words) == 1 || words[0] == "wait" || words[0] == "fact" || words[0] == "policy" {
		w.set(words)
		return ""
	}
	a := parseArgs(w.t, words[2:])
	if req := a.int("req"); req != 0 {
		w.req = uint64(req)
	}
	d := w.do(group.UserID(words[0]), w.command(words[1], a))
	return render(&d)
}

func (w *world) set(words []string) {
	w.t.Helper()
	switch words[0] {
	case "wait":
		text := words[1]
		if days, ok := strings.CutSuffix(text, "d"); ok {
			n, err := strconv.Atoi(days)
			require.NoError(w.t, err)
			text = strconv.Itoa(24*n) + "h"
		}
		d, err := time.ParseDuration(text)
		require.NoError(w.t, err)
		w.now += group.Millis(d.Milliseconds())
	case "fact":
		a := parseArgs(w.t, append([]string{"fact"}, words[2:]...))
		u := group.UserID(words[1])
		w.facts[u] = group.UserFact{
			Exists: !a.is("unknown") && !a.is("deleted"), Deleted: a.is("deleted"), Groups: int(a.int("groups")), BlocksCaller: a.is("blocks"), Former: a.is("former"),
			Name: strings.ToUpper(words[1]),
		}
	case "policy":
		kind, ok := group.ParseKind(words[2])
		require.True(w.t, ok)
		require.NoError(w.t, w.table.Override(kind, words[1], strings.ReplaceAll(words[3], `"`, "")))
	case "restart":
		w.m = w.replayed()
	case "restore":
		w.m = w.restored()
	default:
		require.Fail(w.t, "unknown line", "%q", words)
	}
}

// command reads an operation and its arguments.
func (w *world) command(op string, a args) group.Command {
	w.t.Helper()
	if c := w.personCommand(op, a); c != nil {
		return c
	}
	switch op {
	case "update":
		c := group.UpdateProfile{
			Name: a.text("name"), Avatar: a.text("avatar"), Introduction: a.text("introduction"), Announcement: a.text("announcement"),
			JoinOption: enum(a, "join_option", group.ParseJoinOption), CustomFields: a.fields(),
		}
		if a.text("max") != nil {
			c.MaxMembers = ptr(uint32(a.int("max")))
		}
		if v := a.text("mute_all"); v != nil {
			c.MuteAll = ptr(*v == "true")
		}
		return c
	case "modes":
		return group.UpdateModes{
			JoinOption: enum(a, "join_option", group.ParseJoinOption), InviteMode: enum(a, "invite_mode", group.ParseInviteMode),
			InviteeConsent: enum(a, "consent", group.ParseConsent), InviteApproval: enum(a, "approval", group.ParseInviteApproval),
		}
	case "mute_group":
		c := group.MuteGroup{On: a.first != "off", DurationSeconds: a.int("seconds")}
		c.Mode, _ = group.ParseMuteMode(a.first)
		for _, r := range list(a.named["roles"]) {
			role, ok := group.ParseRole(string(r))
			require.True(w.t, ok)
			c.Roles = append(c.Roles, role)
		}
		return c
	case "send":
		return group.Send{Elements: text(a.first), Random: uint32(a.int("random")), RandomGiven: a.int("random") != 0}
	case "notice":
		return group.SendNotice{Content: []byte(a.first), To: list(a.named["to"])}
	case "guest_enter":
		return group.GuestEnter{}
	case "guest_exit":
		return group.GuestExit{}
	case "tick":
		return group.Tick{}
	case "profile":
		return group.GetProfile{MemberFields: a.first == "members", Search: a.first == "search"}
	case "list":
		return group.ListMembers{Offset: int(a.int("offset")), Limit: int(a.int("limit")), Cursor: a.named["cursor"], Role: value(enum(a, "role", group.ParseRole))}
	case "get":
		return group.GetMembers{Users: list(a.first)}
	case "history":
		return group.GetHistory{}
	}
	require.Fail(w.t, "unknown operation", op)
	return nil
}

func (w *world) personCommand(op string, a args) group.Command {
	first := group.UserID(a.first)
	switch op {
	case "create":
		return w.createCommand(a)
	case "dismiss":
		return group.Dismiss{}
	case "join":
		return group.Join{
			Message: a.named["message"], UserDefinedField: a.named["field"], DirectOnly: a.first == "direct",
			KindHint: value(enum(a, "kind", group.ParseKind)),
		}
	case "leave":
		reasons := map[string]group.LeaveReason{"moved": group.LeaveMoved, "disconnected": group.LeaveDisconnected, "account_deleted": group.LeaveAccountDeleted}
		return group.Leave{User: first, Reason: reasons[a.named["reason"]]}
	case "kick":
		return group.Kick{Users: list(a.first), Reason: a.named["reason"], Silence: a.is("silently")}
	case "invite":
		return group.Invite{Users: list(a.first), Message: a.named["message"], Explicit: a.is("explicit")}
	case "accept", "refuse", "accept_invitation", "refuse_invitation":
		return w.handleCommand(op, a)
	case "transfer":
		return group.TransferOwner{NewOwner: first}
	case "role":
		role, _ := group.ParseRole(a.named["to"])
		return group.SetRole{User: first, Role: role}
	case "mute":
		return group.MuteMembers{Users: list(a.first), DurationSeconds: a.int("seconds")}
	case "card":
		return group.SetNameCard{User: first, NameCard: a.named["name"]}
	case "fields":
		return group.SetMemberFields{User: first, Fields: a.fields()}
	case "remind":
		return group.SetRemindType{User: first, Remind: value(enum(a, "type", group.ParseRemindType))}
	}
	return nil
}

func (w *world) createCommand(a args) group.Command {
	c := group.Create{
		Group: "g", Stream: 1, Kind: value(enum(a, "kind", group.ParseKind)), OwnerID: group.UserID(a.named["owner"]), Name: "Talk",
		MaxMembers: uint32(a.int("max")), JoinOption: value(enum(a, "join_option", group.ParseJoinOption)),
		InviteMode:     value(enum(a, "invite_mode", group.ParseInviteMode)),
		InviteeConsent: value(enum(a, "consent", group.ParseConsent)), InviteApproval: value(enum(a, "approval", group.ParseInviteApproval)),
		CustomFields: a.fields(), Topics: a.is("topics"), Introduction: a.named["introduction"], Announcement: a.named["announcement"],
		Avatar: a.named["avatar"],
	}
	if c.Kind == 0 {
		c.Kind = group.Kind(a.int("kind_number"))
	}
	if name := a.text("name"); name != nil {
		c.Name = *name
	}
	for _, u := range list(a.named["members"]) {
		id, role, _ := strings.Cut(string(u), ":")
		r, _ := group.ParseRole(role)
		c.InitialMembers = append(c.InitialMembers, group.InitialMember{User: group.UserID(id), Role: r})
	}
	return c
}

func (w *world) handleCommand(op string, a args) group.Command {
	c := group.Handle{
		Invitation: strings.HasSuffix(op, "_invitation"), Accept: strings.HasPrefix(op, "accept"),
		ID: group.ApplicationID(a.int("id")), Inviter: group.UserID(a.named["inviter"]), Message: a.named["message"],
		Applicant: group.UserID(a.first), Authentication: a.named["auth"], MsgKey: a.named["key"],
	}
	// auth_of=3 and key_of=3 send back the tokens of record 3.
	if r, ok := w.m.Record(group.ApplicationID(a.int("auth_of"))); ok {
		c.Authentication = r.Authentication
	}
	if r, ok := w.m.Record(group.ApplicationID(a.int("key_of"))); ok {
		c.MsgKey = r.MsgKey
	}
	return c
}
