package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// tries is how often a request is repeated that was refused for now.
const tries = 20

// ask carries out a request, repeating it under its id as the protocol wants.
func (p *Player) ask(ctx context.Context, one *presence, req *troupev1.Request) (*troupev1.Answer, error) {
	began := time.Now()
	for n := 1; ; n++ {
		a, err := one.session.Call(ctx, req)
		var refused *load.ErrRefused
		if !errors.As(err, &refused) {
			if err == nil {
				p.stats.done(protocol.OpOf(req).String())
				p.stats.answered(p.excerpt, time.Since(began))
			}
			return a, err
		}
		p.stats.refused(fmt.Sprintf("%d %s", a.GetCode(), a.GetError()))
		wait, again := retryAfter(a)
		if !again || n == tries {
			return a, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return a, ctx.Err()
		}
	}
}

// retryAfter says when a refused request may be repeated.
func retryAfter(a *troupev1.Answer) (time.Duration, bool) {
	switch a.GetError() {
	case "busy", "rate_limited", "unavailable", "internal_error":
		return max(time.Duration(a.GetDetails().GetRetryAfterMs()), 50) * time.Millisecond, true
	}
	return 0, false
}

// giveUp ends the excerpt unless the operation was only refused: then the chat
// goes on without it, and the refusal is a fault of the run.
func (p *Player) giveUp(err error) error {
	var refused *load.ErrRefused
	if errors.As(err, &refused) {
		p.stats.fault(fmt.Sprintf("group %s: %v", p.group, err))
		return nil
	}
	return err
}
