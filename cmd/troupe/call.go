package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// askFlags are how call and listen reach a server.
type askFlags struct {
	server, token, appID, device string
}

func (f *askFlags) add(a *app, c *cobra.Command) {
	server := a.env("TROUPE_URL")
	if server == "" {
		server = "ws://127.0.0.1:8080/ws"
	}
	c.Flags().StringVar(&f.server, "server", server, "`URL` of the server; also TROUPE_URL")
	c.Flags().StringVar(&f.token, "token", "", "token of the user; also TROUPE_TOKEN (a server with --dev needs none)")
	c.Flags().StringVar(&f.appID, "app-id", "", "application `id`, if the server has one")
	c.Flags().StringVar(&f.device, "device", "", "device `id`; empty = the server makes one")
	if f.token == "" {
		f.token = a.env("TROUPE_TOKEN")
	}
}

func newCall(a *app) *cobra.Command {
	var f askFlags
	var asJSON bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "call [flags] USER OPERATION [JSON]",
		Short: "Carry out one operation as a user",
		Long: "call logs in as USER, carries out one operation and prints its answer. JSON holds the\n" +
			"parameters by their names in the protocol; - reads them from standard input.\n\n" +
			"With --json the answer is one object on one line: code, error, message and details, and\n" +
			"the fields of the result beside them. The answer to login holds a resume ticket, which\n" +
			"lets in whoever has it: keep it as you keep a token.\n\n" +
			"Exit status: 0 = done or waiting for somebody (codes 0, 25424, 25427), 1 = refused,\n" +
			"2 = could not ask (connection, login, JSON, unknown operation).\n\nOperations:\n" + wrapped(operationNames()),
		Example: "  troupe call ann create_group '{\"kind\":\"meeting\",\"name\":\"Hall\",\"group_id\":\"hall\"}'\n" +
			"  troupe call bob join_group '{\"group_id\":\"hall\"}'\n" +
			"  troupe call --json bob send_message '{\"conversation\":{\"type\":\"group\",\"id\":\"hall\"},\"elements\":[{\"text\":{\"text\":\"hello\"}}]}'",
		Args: cobra.RangeArgs(2, 3),
		RunE: func(c *cobra.Command, args []string) error {
			params := "{}"
			if len(args) == 3 {
				params = args[2]
			}
			if params == "-" {
				data, err := io.ReadAll(a.stdin)
				if err != nil {
					return err
				}
				params = string(data)
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			answer, err := ask(ctx, &f, args[0], args[1], params)
			return a.printAnswer(args[1], answer, err, asJSON)
		},
	}
	f.add(a, c)
	c.Flags().BoolVar(&asJSON, "json", false, "print the answer as one JSON object on one line")
	c.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait for the answer")
	return c
}

func operationNames() []string {
	var names []string
	for _, row := range protocol.Ops() {
		names = append(names, row.Name)
	}
	return names
}

// wrapped sets words in lines.
func wrapped(words []string) string {
	var b strings.Builder
	line := " "
	for _, w := range words {
		if len(line)+1+len(w) > 88 {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + w
	}
	b.WriteString(line)
	return b.String()
}

// requestOf makes a request of an operation's name and its parameters.
func requestOf(op, params string) (*troupev1.Request, error) {
	known := false
	for _, row := range protocol.Ops() {
		known = known || row.Name == op
	}
	if !known {
		return nil, protocol.InvalidRequest(fmt.Sprintf("unknown operation %q; see troupe call --help", op))
	}
	params = strings.TrimSpace(params)
	// Checked by itself, so that it cannot reach out of its place in the request.
	if !json.Valid([]byte(params)) || !strings.HasPrefix(params, "{") {
		return nil, protocol.InvalidRequest("the parameters are not a JSON object")
	}
	req := &troupev1.Request{}
	if err := protocol.UnmarshalJSON([]byte(`{"`+op+`":`+params+`}`), req); err != nil {
		return nil, err
	}
	return req, nil
}

// errNotAsked wraps what kept a request from being carried out.
type errNotAsked struct{ err error }

func (e *errNotAsked) Error() string { return e.err.Error() }
func (e *errNotAsked) Unwrap() error { return e.err }

// ask carries out one operation. An error is always an *errNotAsked.
func ask(ctx context.Context, f *askFlags, user, op, params string) (*troupev1.Answer, error) {
	req, err := requestOf(op, params)
	if err != nil {
		return nil, &errNotAsked{err}
	}
	conn, err := client.DialConn(ctx, f.server, client.ConnOptions{})
	if err != nil {
		return nil, &errNotAsked{err}
	}
	defer func() { _ = conn.Close() }()
	login := &troupev1.Request{RequestId: "login", Op: &troupev1.Request_Login{Login: &troupev1.Login{
		AppId: f.appID, UserId: user, Token: f.token, DeviceId: f.device,
	}}}
	if protocol.OpOf(req).CheckPhase(protocol.PhaseNew) != nil {
		answer, err := exchange(ctx, conn, login)
		if err == nil {
			err = client.AnswerError(answer)
		}
		if err != nil {
			return nil, &errNotAsked{fmt.Errorf("login: %w", err)}
		}
	}
	req.RequestId = rand.Text()
	answer, err := exchange(ctx, conn, req)
	if err != nil {
		return nil, &errNotAsked{fmt.Errorf("%s: %w", op, err)}
	}
	return answer, nil
}

// exchange sends a request and waits for its answer, passing over events.
func exchange(ctx context.Context, conn *client.Conn, req *troupev1.Request) (*troupev1.Answer, error) {
	if err := conn.Send(req); err != nil {
		return nil, err
	}
	for {
		f, err := conn.Recv(ctx)
		if err != nil {
			return nil, err
		}
		if a := f.GetAnswer(); a != nil && (a.GetRequestId() == req.GetRequestId() || a.GetRequestId() == "") {
			return a, nil
		}
	}
}

// printAnswer reports an answer, or why there is none, and gives the status.
func (a *app) printAnswer(op string, answer *troupev1.Answer, err error, asJSON bool) error {
	status := 0
	var notAsked *errNotAsked
	switch {
	case errors.As(err, &notAsked):
		status, answer = 2, answerOf(notAsked.err)
	case answer.GetError() != "":
		status = 1
		err = fmt.Errorf("%s: %w%s", op, client.AnswerError(answer), again(answer.GetDetails()))
	}
	if asJSON {
		line, bad := flatAnswer(answer)
		if bad != nil {
			return bad
		}
		a.print("%s\n", line)
	} else if status == 0 {
		text, bad := prettyAnswer(op, answer)
		if bad != nil {
			return bad
		}
		a.print("%s", text)
	}
	if status != 0 {
		return &exitError{code: status, err: err}
	}
	return nil
}

// again says when a refusal may be tried again.
func again(d *troupev1.Details) string {
	if d.GetRetryAfterMs() == 0 {
		return ""
	}
	return fmt.Sprintf("; try again after %d ms", d.GetRetryAfterMs())
}

// answerOf shows an error of the road as the client library would
// (network_error, spec 15.2).
func answerOf(err error) *troupev1.Answer {
	var refusal *protocol.Error
	if !errors.As(err, &refusal) {
		refusal = protocol.NewError(protocol.CodeNetworkError)
		refusal.Message = err.Error()
	}
	code := int32(refusal.Code)
	return &troupev1.Answer{Code: &code, Error: refusal.Name, Message: refusal.Message, Details: refusal.Details}
}
