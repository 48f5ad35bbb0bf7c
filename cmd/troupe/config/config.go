package config

import "time"

// Config is everything a deployment may set. The tag doc is printed by
// "troupe config defaults".
type Config struct {
	Server    Server   `yaml:"server" doc:"Where the server listens and whom it believes."`
	Data      Data     `yaml:"data" doc:"Storage."`
	Dev       bool     `yaml:"dev" doc:"Development mode: logins without a token are accepted under any name. Only on loopback addresses."`
	DevAdmins []string `yaml:"dev_admins" doc:"User ids that are app administrators in development mode."`
	App       App      `yaml:"app" doc:"The application whose users this server holds."`
	Auth      Auth     `yaml:"auth" doc:"How tokens are verified. Without keys nobody can log in, unless dev is set."`
	Limits    Limits   `yaml:"limits" doc:"Limits profile (spec 16, 18.6, 19.11, 19.16). Clients learn those in force at login."`
	Policy    Policy   `yaml:"policy" doc:"Changed cells of the policy table, by kind and key: custom: {history_before_join: yes}. See troupe policy."`
	Drain     Drain    `yaml:"drain" doc:"Orderly stop (spec 19.12)."`
	Runtime   Runtime  `yaml:"runtime" doc:"Sizes of the machinery. The defaults suit one to sixteen processors."`
	Log       Log      `yaml:"log" doc:"Logging, to standard error."`
}

// Server says where the server listens.
type Server struct {
	Addr           string   `yaml:"addr" doc:"Address for clients, host:port. Port 0 takes a free one."`
	AdminAddr      string   `yaml:"admin_addr" doc:"Address of the admin listener (metrics, backup, profiles), host:port. Empty = none. It has no login: keep it private."`
	TLSCert        string   `yaml:"tls_cert" doc:"File with the certificate chain, PEM. Empty = no TLS."`
	TLSKey         string   `yaml:"tls_key" doc:"File with the private key, PEM. Required with tls_cert."`
	Origins        []string `yaml:"origins" doc:"Web origins that may connect, such as https://chat.example.org; * = all. Empty = the server's own host only. Clients that are not browsers send none and may always."`
	TrustedProxies []string `yaml:"trusted_proxies" doc:"Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8. Empty = nobody's."`
}

// Data is about storage.
type Data struct {
	Dir         string `yaml:"dir" doc:"Directory of the journal. It is made if it does not exist. One server process at a time may use it."`
	DiskReserve Size   `yaml:"disk_reserve" doc:"Free space below which only what frees space or protects users is stored (spec 19.15), bytes. 0 = no reserve."`
}

// App is the application.
type App struct {
	ID     string   `yaml:"id" doc:"Application id that logins and tokens must name. Required unless dev is set."`
	Admins []string `yaml:"admins" doc:"User ids that are app administrators (spec 2.6)."`

	SelfDeletion bool `yaml:"self_deletion" doc:"Users may delete their own account (spec 19.14); app administrators may delete any but their own kind."`
}

// Auth lists what tokens may be signed with.
type Auth struct {
	Keys []Key    `yaml:"keys" doc:"Keys in force; several of one format allow changing them without a break. Each has kid, format (hs256, eddsa: JSON web tokens; usersig: Tencent UserSig 2; token04: ZEGO token 04), secret | secret_file | secret_env (eddsa: public_key | public_key_file), and may have app_id (the vendor's number, if it differs from app.id) and not_after (2027-01-31T00:00:00Z)."`
	Skew Duration `yaml:"skew" doc:"How far in the future a token's time of issue may lie. At most 1h."`
}

// Key verifies tokens of one format.
type Key struct {
	KID      string `yaml:"kid" doc:"Names the key in tokens and to operators; unique."`
	Format   string `yaml:"format" doc:"hs256, eddsa, usersig or token04."`
	AppID    string `yaml:"app_id" doc:"Application number in tokens of usersig and token04. Default: app.id."`
	NotAfter string `yaml:"not_after" doc:"From then on its tokens are refused, RFC 3339. Empty = no end."`
	Secret   `yaml:",inline"`
	Public   `yaml:",inline"`
}

// Limits are the numbers of a limits profile.
type Limits struct {
	Profile string `yaml:"profile" doc:"Name of this set, told to clients."`

	RequestBytes          Size     `yaml:"request_bytes" doc:"Largest message from a client, bytes. Beyond: close 1009. At least 16KiB."`
	RequestsPerSecond     int      `yaml:"requests_per_s" doc:"Requests per connection and second. Beyond: rate_limited."`
	RequestsBurst         int      `yaml:"requests_burst" doc:"Requests at once before that counts."`
	TooFastAfter          Duration `yaml:"too_fast_after" doc:"So long beyond the rate: close 4002."`
	RequestsUnanswered    int      `yaml:"requests_unanswered" doc:"Unanswered requests per connection. Beyond: rate_limited."`
	MessagesPerSecond     int      `yaml:"messages_per_s" doc:"Messages per user, group and second. Beyond: rate_limited. 0 = no limit."`
	MessagesBurst         int      `yaml:"messages_burst" doc:"Messages at once before that counts."`
	QueueFrames           int      `yaml:"queue_frames" doc:"Frames waiting for a device (spec 19.11). At least 16."`
	QueueBytes            Size     `yaml:"queue_bytes" doc:"Bytes waiting for a device. At least 16KiB."`
	ConnectionsPerAddress int      `yaml:"connections_per_address" doc:"Connections per client address. Beyond: close 1013, far beyond: HTTP 503. 0 = no limit."`
	Connections           int      `yaml:"connections" doc:"Connections in all. Beyond: HTTP 503. 0 = as many as the limit of open files allows."`
	Handshakes            int      `yaml:"handshakes" doc:"Sockets that may be shaking hands at once, 1 to 384. Others wait to be accepted."`
	MalformedFrames       int      `yaml:"malformed_frames" doc:"The how manieth malformed frame closes the connection (4504)."`
	LoginWithin           Duration `yaml:"login_within" doc:"Time for the first request, else close 4500."`
	PingAfter             Duration `yaml:"ping_after" doc:"Silence after which the server pings."`
	SilentAfter           Duration `yaml:"silent_after" doc:"Silence after which it closes (4000). More than ping_after."`
	BlockedAfter          Duration `yaml:"blocked_after" doc:"Frames wait and none was taken for so long: level pull."`
	ClosedAfter           Duration `yaml:"closed_after" doc:"Nothing taken for so long in pull: close 4001."`
	RecoverAfter          Duration `yaml:"recover_after" doc:"Queue below a quarter for so long: one level up."`

	AttachGroups   int      `yaml:"attach_groups" doc:"Groups per attach call."`
	ResumeFrames   int      `yaml:"resume_frames" doc:"Missing numbers per stream that attach sends; more are a gap."`
	DevicesPerUser int      `yaml:"devices_per_user" doc:"Devices a user may have at once."`
	OfflineAfter   Duration `yaml:"offline_after" doc:"So long after its last connection a user is offline, and out of a livestream."`
	TicketLife     Duration `yaml:"resume_ticket_life" doc:"How long a resume ticket is good (spec 19.12), at most 1h. 0 = none are given."`

	MessageBytes        Size     `yaml:"message_bytes" doc:"Sum of a group message's elements, bytes. Less than request_bytes by 4KiB or more."`
	MessageElements     int      `yaml:"message_elements" doc:"Elements per message."`
	UsersPerCall        int      `yaml:"users_per_call" doc:"Users per invitation, kick and mute."`
	Admins              int      `yaml:"admins" doc:"Admins per group."`
	GroupsPerUser       int      `yaml:"groups_per_user" doc:"Groups a user may be in, livestreams not counted."`
	RememberRequests    Duration `yaml:"remember_requests" doc:"How long a repeated request or message is recognised."`
	RememberLive        Duration `yaml:"remember_live" doc:"The same in livestreams."`
	ApplicationLife     Duration `yaml:"application_life" doc:"How long an application or invitation may be acted on, and a final one is kept."`
	LivestreamFold      Duration `yaml:"livestream_fold" doc:"How long arrivals and departures of a livestream are collected."`
	LivestreamFoldUsers int      `yaml:"livestream_fold_users" doc:"Users that such a tip names."`
	LivestreamListed    int      `yaml:"livestream_listed" doc:"Newest members of a livestream that are listed."`
}

// Drain is about the orderly stop.
type Drain struct {
	Window       Duration `yaml:"window" doc:"Time over which the connections are closed. 0 = at once."`
	ReturnWindow Duration `yaml:"return_window" doc:"Time after it over which the clients are told to come back."`
	Finish       Duration `yaml:"finish" doc:"Time a connection's requests in hand are waited for."`
}

// Runtime sizes the machinery.
type Runtime struct {
	Shards          int      `yaml:"shards" doc:"Delivery shards, 1 to 64. 0 = two per processor."`
	Readers         int      `yaml:"readers" doc:"Readers of history and lists."`
	GroupQueue      int      `yaml:"group_queue" doc:"Calls that may wait for one group, messages that wait for its budget not counted. Beyond: busy."`
	AppendsInFlight int      `yaml:"appends_in_flight" doc:"Commits under way per group."`
	BatchAppends    int      `yaml:"batch_appends" doc:"Appends per storage transaction."`
	SnapshotEvery   int      `yaml:"snapshot_every" doc:"Events after which a group's state is stored whole."`
	PassivateAfter  Duration `yaml:"passivate_after" doc:"Time after which an unused group leaves memory."`
	BusyRetry       Duration `yaml:"busy_retry" doc:"What a caller that was refused busy is told to wait."`
	GatherAbove     int      `yaml:"gather_above" doc:"Rooms with so many listeners in one shard are passed over in blocks of frames."`
	GatherFor       Duration `yaml:"gather_for" doc:"Least time between two blocks of a busy room, at most 100ms. 0 = as long as the one before takes."`
}

// Log is about logging.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error."`
	Format string `yaml:"format" doc:"text or json."`
}

// Default gives the defaults.
func Default() Config {
	const kib = 1 << 10
	return Config{
		Server: Server{Addr: "127.0.0.1:8080"},
		Data:   Data{Dir: "./data", DiskReserve: 256 << 20},
		Auth:   Auth{Skew: seconds(300)},
		Limits: Limits{
			Profile:      "default",
			RequestBytes: 64 * kib, RequestsPerSecond: 50, RequestsBurst: 100, TooFastAfter: seconds(10),
			RequestsUnanswered: 64, MessagesPerSecond: 10, MessagesBurst: 20,
			QueueFrames: 256, QueueBytes: 256 * kib, ConnectionsPerAddress: 200, Handshakes: 256, MalformedFrames: 3,
			LoginWithin: seconds(10), PingAfter: seconds(30), SilentAfter: seconds(60),
			BlockedAfter: seconds(10), ClosedAfter: seconds(30), RecoverAfter: seconds(5),
			AttachGroups: 500, ResumeFrames: 200, DevicesPerUser: 10, OfflineAfter: seconds(60), TicketLife: seconds(600),
			MessageBytes: 8898, MessageElements: 50, UsersPerCall: 300, Admins: 10, GroupsPerUser: 1000,
			RememberRequests: seconds(600), RememberLive: seconds(60), ApplicationLife: seconds(7 * 86400),
			LivestreamFold: Duration(500 * time.Millisecond), LivestreamFoldUsers: 100, LivestreamListed: 1000,
		},
		Drain: Drain{Window: seconds(10), ReturnWindow: seconds(30), Finish: seconds(5)},
		Runtime: Runtime{
			Readers: 4, GroupQueue: 8192, AppendsInFlight: 64, BatchAppends: 8192, SnapshotEvery: 1000, GatherAbove: 100,
			PassivateAfter: seconds(600), BusyRetry: Duration(200 * time.Millisecond),
		},
		Log: Log{Level: "info", Format: "text"},
	}
}

func seconds(n int64) Duration { return Duration(n) * Duration(time.Second) }
