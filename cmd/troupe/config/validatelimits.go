package config

import (
	"fmt"
	"time"
)

// bound is a range that a number must keep.
type bound struct {
	name       string
	value      int64
	least, top int64 // top 0 = none
}

func (b bound) check(section string) error {
	switch {
	case b.value < b.least:
		return fmt.Errorf("%s.%s: must be at least %d", section, b.name, b.least)
	case b.top > 0 && b.value > b.top:
		return fmt.Errorf("%s.%s: must be at most %d", section, b.name, b.top)
	}
	return nil
}

func (l *Limits) validate() (errs []error) {
	const kib, mib, maxCount, maxConnections = 1 << 10, 1 << 20, 1_000_000, 1 << 30
	for _, b := range []bound{
		{"request_bytes", int64(l.RequestBytes), 16 * kib, mib},
		{"requests_per_s", int64(l.RequestsPerSecond), 1, maxCount},
		{"requests_burst", int64(l.RequestsBurst), 1, maxCount},
		{"requests_unanswered", int64(l.RequestsUnanswered), 1, maxCount},
		{"messages_per_s", int64(l.MessagesPerSecond), 0, maxCount},
		{"messages_burst", int64(l.MessagesBurst), 0, maxCount},
		{"queue_frames", int64(l.QueueFrames), 16, maxCount},
		{"queue_bytes", int64(l.QueueBytes), 16 * kib, 1 << 30},
		{"connections_per_address", int64(l.ConnectionsPerAddress), 0, maxConnections},
		{"connections", int64(l.Connections), 0, maxConnections},
		{"handshakes", int64(l.Handshakes), 1, 384},
		{"malformed_frames", int64(l.MalformedFrames), 1, 100},
		{"attach_groups", int64(l.AttachGroups), 1, 10_000},
		{"resume_frames", int64(l.ResumeFrames), 0, 10_000},
		{"devices_per_user", int64(l.DevicesPerUser), 1, 1000},
		{"message_bytes", int64(l.MessageBytes), 256, mib},
		{"message_elements", int64(l.MessageElements), 1, 1000},
		{"users_per_call", int64(l.UsersPerCall), 1, 300},
		{"admins", int64(l.Admins), 0, 1000},
		{"groups_per_user", int64(l.GroupsPerUser), 1, 100_000},
		{"livestream_fold_users", int64(l.LivestreamFoldUsers), 1, 1000},
		{"livestream_listed", int64(l.LivestreamListed), 0, 100_000},
	} {
		if err := b.check("limits"); err != nil {
			errs = append(errs, err)
		}
	}
	return append(errs, l.contradictions()...)
}

// contradictions are pairs of values that cannot stand together.
func (l *Limits) contradictions() (errs []error) {
	for _, c := range []struct {
		wrong bool
		path  string
		text  string
	}{
		{l.Profile == "", "limits.profile", "must have a name"},
		{l.RequestsBurst < l.RequestsPerSecond, "limits.requests_burst", "must not be below limits.requests_per_s"},
		{l.MessagesPerSecond > 0 && l.MessagesBurst < l.MessagesPerSecond, "limits.messages_burst", "must not be below limits.messages_per_s"},
		{int64(l.MessageBytes)+4096 > int64(l.RequestBytes), "limits.message_bytes", "must leave 4KiB of limits.request_bytes"},
		{l.PingAfter < Duration(time.Second), "limits.ping_after", "must be at least 1s"},
		{l.SilentAfter < l.PingAfter+Duration(time.Second), "limits.silent_after", "must be at least 1s more than limits.ping_after"},
		{l.LoginWithin < Duration(time.Second), "limits.login_within", "must be at least 1s"},
		{l.TooFastAfter < Duration(time.Second), "limits.too_fast_after", "must be at least 1s"},
		{l.BlockedAfter < Duration(time.Second), "limits.blocked_after", "must be at least 1s"},
		{l.ClosedAfter < Duration(time.Second), "limits.closed_after", "must be at least 1s"},
		{l.RecoverAfter < Duration(time.Second), "limits.recover_after", "must be at least 1s"},
		{l.RememberRequests < Duration(time.Minute), "limits.remember_requests", "must be at least 1m"},
		{l.RememberLive > l.RememberRequests, "limits.remember_live", "must not be above limits.remember_requests"},
		{l.TicketLife > Duration(time.Hour), "limits.resume_ticket_life", "must be at most 1h"},
		{l.ApplicationLife < Duration(time.Minute), "limits.application_life", "must be at least 1m"},
		{l.LivestreamFold > Duration(10*time.Second), "limits.livestream_fold", "must be at most 10s"},
	} {
		if c.wrong {
			errs = append(errs, bad(c.path, "%s", c.text))
		}
	}
	return errs
}

func (r *Runtime) validate() (errs []error) {
	for _, b := range []bound{
		{"shards", int64(r.Shards), 0, 64},
		{"readers", int64(r.Readers), 1, 1024},
		{"group_queue", int64(r.GroupQueue), 1, 0},
		{"appends_in_flight", int64(r.AppendsInFlight), 1, 0},
		{"batch_appends", int64(r.BatchAppends), 1, 0},
		{"snapshot_every", int64(r.SnapshotEvery), 1, 0},
		{"gather_above", int64(r.GatherAbove), 1, 0},
	} {
		if err := b.check("runtime"); err != nil {
			errs = append(errs, err)
		}
	}
	if d := r.GatherFor.Std(); d < 0 || d > 100*time.Millisecond {
		errs = append(errs, bad("runtime.gather_for", "must be 0 to 100ms"))
	}
	return errs
}
