package group

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Digest is a fingerprint of all that the journal determines: equal for a
// machine that decided, one that replayed and one that was restored. Presence
// and numbers of a livestream are not in it, nor what is over by the time of
// the newest event.
func (m *Machine) Digest() [32]byte {
	w := digester{h: sha256.New()}
	h := m.head()
	if m.kind.IsConnected() {
		h.LastActive = 0
	}
	w.flag(m.exists)
	w.flag(h.Dismissed)
	w.text(string(h.Group))
	w.numbers(uint64(m.position), uint64(h.Stream), uint64(h.Kind))
	w.settings(&h.Settings)
	w.text(string(h.Owner))
	w.numbers(uint64(len(h.Admins)))
	for _, u := range h.Admins {
		w.text(string(u))
	}
	w.numbers(uint64(h.CreateTime), uint64(h.LastInfoTime), uint64(h.LastMessage), uint64(h.LastActive), uint64(h.LastTime))
	w.numbers(uint64(len(h.Mutes)))
	for _, mute := range h.Mutes {
		w.text(string(mute.User))
		w.numbers(uint64(mute.Until))
	}
	w.numbers(uint64(len(h.Standing)))
	for i := range h.Standing {
		w.member(&h.Standing[i])
	}
	w.numbers(uint64(len(h.Records)))
	for _, r := range h.Records {
		w.record(r)
	}
	if !m.kind.IsConnected() {
		w.numbers(uint64(m.seq), m.ordinal, uint64(m.members.len()))
		for member := range m.members.after(0) {
			w.member(member)
		}
	}
	return [32]byte(w.h.Sum(nil))
}

// digester writes values so that different ones never give the same bytes.
type digester struct {
	h   hash.Hash
	buf [8]byte
}

func (w *digester) numbers(list ...uint64) {
	for _, n := range list {
		binary.BigEndian.PutUint64(w.buf[:], n)
		w.h.Write(w.buf[:])
	}
}

func (w *digester) flag(b bool) {
	if b {
		w.numbers(1)
	} else {
		w.numbers(0)
	}
}

func (w *digester) text(list ...string) {
	for _, s := range list {
		w.numbers(uint64(len(s)))
		w.h.Write([]byte(s))
	}
}

func (w *digester) pairs(list []Pair) {
	w.numbers(uint64(len(list)))
	for _, p := range list {
		w.text(p.Key, p.Value)
	}
}

func (w *digester) settings(s *Settings) {
	w.text(s.Name, s.Avatar, s.Introduction, s.Announcement)
	w.numbers(uint64(s.MaxMembers), uint64(s.Modes.JoinOption), uint64(s.Modes.InviteMode),
		uint64(s.Modes.InviteeConsent), uint64(s.Modes.InviteApproval),
		uint64(s.Mute.Mode), uint64(s.Mute.ExpiresAt), uint64(len(s.Mute.Roles)))
	for _, r := range s.Mute.Roles {
		w.numbers(uint64(r))
	}
	w.pairs(s.CustomFields)
	w.flag(s.Topics)
}

func (w *digester) member(m *MemberState) {
	w.text(string(m.User), m.Name, m.Avatar, m.NameCard)
	w.pairs(m.Fields)
	w.numbers(uint64(m.JoinTime), uint64(m.LastSend), uint64(m.JoinSeq), uint64(m.Role), uint64(max(m.Remind, AcceptNotify)))
	w.flag(m.JoinTip)
}

func (w *digester) record(r *Record) {
	w.text(string(r.Group), string(r.Applicant), r.ApplicantName, string(r.Inviter), r.Message, r.UserDefinedField,
		string(r.Handler), r.HandleMessage, r.Authentication, r.MsgKey)
	w.numbers(uint64(r.ID), uint64(r.Type), uint64(r.InviterRole), uint64(r.State), uint64(r.CloseReason),
		uint64(r.CreatedAt), uint64(r.UpdatedAt), uint64(r.ExpiresAt), uint64(r.ToldAt))
	w.flag(r.Explicit)
	w.flag(r.NeededApproval)
	w.flag(r.ReachedInvitee)
}
