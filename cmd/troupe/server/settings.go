package server

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/gateway"
	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// How the configuration becomes that of the parts.

// clientFrameBytes is the largest frame to clients (spec 18.6).
const clientFrameBytes = 1 << 20

// heartbeat is what clients are told: after so long without a frame they ping.
const heartbeat = 30 * time.Second

func coreLimits(c *config.Config) group.Limits {
	l, out := &c.Limits, group.DefaultLimits()
	out.MaxAdmins, out.GroupsPerUser = l.Admins, l.GroupsPerUser
	out.DedupeMillis, out.LiveDedupeMillis = l.RememberRequests.Millis(), l.RememberLive.Millis()
	out.ApplicationLife = l.ApplicationLife.Millis()
	out.MessageBytes, out.MessageElements = int(l.MessageBytes), l.MessageElements
	out.UsersPerCall = l.UsersPerCall
	out.FoldMillis, out.FoldUsers, out.ListedLive = l.LivestreamFold.Millis(), l.LivestreamFoldUsers, l.LivestreamListed
	return out
}

func actorsConfig(c *config.Config) actors.Config {
	l, r := &c.Limits, &c.Runtime
	out := actors.DefaultConfig(runtime.GOMAXPROCS(0))
	if r.Shards > 0 {
		out.Shards = r.Shards
	}
	out.Readers, out.GroupQueue = r.Readers, r.GroupQueue
	out.AppendsInFlight, out.BatchAppends, out.SnapshotEvery = r.AppendsInFlight, r.BatchAppends, r.SnapshotEvery
	out.PassivateAfter, out.BusyRetry = r.PassivateAfter.Std(), r.BusyRetry.Std()
	out.Unanswered = l.RequestsUnanswered
	out.MessagesPerSecond, out.MessagesBurst = l.MessagesPerSecond, l.MessagesBurst
	out.DevicesPerUser, out.OfflineAfter = l.DevicesPerUser, l.OfflineAfter.Std()
	out.TicketLife = l.TicketLife.Std()
	out.AttachGroups, out.ResumeFrames = l.AttachGroups, l.ResumeFrames
	out.GatherAbove, out.GatherFor = r.GatherAbove, r.GatherFor.Std()
	out.Heartbeat = heartbeat
	out.SelfDeletion = c.App.SelfDeletion
	out.Announce = announced(l)
	return out
}

// announced is what login tells clients (spec 19.16).
func announced(l *config.Limits) *troupev1.Limits {
	return &troupev1.Limits{
		Profile:      l.Profile,
		RequestBytes: uint32(l.RequestBytes), FrameBytes: clientFrameBytes,
		RequestsPerS: uint32(l.RequestsPerSecond), RequestsBurst: uint32(l.RequestsBurst),
		RequestsUnanswered: uint32(l.RequestsUnanswered),
		MessagesPerS:       uint32(l.MessagesPerSecond), MessagesBurst: uint32(l.MessagesBurst),
		QueueFrames: uint32(l.QueueFrames), QueueBytes: uint32(l.QueueBytes), MessageBytes: uint32(l.MessageBytes),
		AttachGroups: uint32(l.AttachGroups), ResumeFrames: uint32(l.ResumeFrames),
	}
}

func gatewayConfig(c *config.Config) (gateway.Config, error) {
	l := &c.Limits
	out := gateway.Config{
		Origins:           c.Server.Origins,
		AdminOnlyMetrics:  c.Server.AdminAddr != "" || !c.Dev,
		MaxConnections:    l.Connections,
		MaxPerAddress:     unlimited(l.ConnectionsPerAddress),
		MaxHandshakes:     l.Handshakes,
		FrameBytes:        int(l.RequestBytes),
		RequestsPerSecond: l.RequestsPerSecond, RequestsBurst: l.RequestsBurst,
		TooFastAfter: l.TooFastAfter.Std(), Malformed: l.MalformedFrames,
		QueueFrames: l.QueueFrames, QueueBytes: int(l.QueueBytes),
		RecoverAfter: l.RecoverAfter.Std(), BlockedAfter: l.BlockedAfter.Std(), BlockedClose: l.ClosedAfter.Std(),
		PingAfter: l.PingAfter.Std(), SilentAfter: l.SilentAfter.Std(), LoginWithin: l.LoginWithin.Std(),
		DrainWindow: notZero(c.Drain.Window), AnswerWait: notZero(c.Drain.Finish), ReturnWindow: notZero(c.Drain.ReturnWindow),
	}
	for _, p := range c.Server.TrustedProxies {
		network, err := netip.ParsePrefix(p)
		if err != nil {
			return out, fmt.Errorf("server.trusted_proxies: %w", err)
		}
		out.TrustedProxies = append(out.TrustedProxies, network)
	}
	if c.Server.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(c.Server.TLSCert, c.Server.TLSKey)
		if err != nil {
			return out, fmt.Errorf("server.tls_cert: %w", err)
		}
		out.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	return out, nil
}

// unlimited writes "no limit" as the edge has it, for which 0 is the default.
func unlimited(n int) int {
	if n == 0 {
		return 1 << 30
	}
	return n
}

// notZero is a period that may be none; 0 would be the edge's default.
func notZero(d config.Duration) time.Duration { return max(d.Std(), 1) }
