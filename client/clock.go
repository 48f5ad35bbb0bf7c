package client

import "time"

// clock is the client's time, so that tests need not wait.
type clock interface {
	Now() time.Time
	// After fires once after d; stop frees it early.
	After(d time.Duration) (c <-chan time.Time, stop func())
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// timing holds the periods of spec 18.5 and 18.7.
type timing struct {
	// tick is how often a session looks at the others.
	tick time.Duration
	// quiet: after so long without a frame the client pings; giveUp: after so
	// long more it drops the connection.
	quiet, giveUp time.Duration
	// repeat: an unanswered request is sent again after so long.
	repeat time.Duration
	// safe is how long a repeat is safe after the first try; safeLive about
	// livestreams.
	safe, safeLive time.Duration
	// establish bounds login and attach of one connection.
	establish time.Duration
}

var defaultTiming = timing{
	tick:      time.Second,
	quiet:     30 * time.Second,
	giveUp:    10 * time.Second,
	repeat:    30 * time.Second,
	safe:      10 * time.Minute,
	safeLive:  time.Minute,
	establish: 30 * time.Second,
}
