package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// A server that crashes and comes back on its address; what was acknowledged
// is there, and everybody hears everything once and in order (spec 18).
func TestNothingIsLostOrDoubledOverACrash(t *testing.T) {
	const texts = 300
	c := settings(t.TempDir())
	c.Limits.MessagesPerSecond, c.Limits.RequestsPerSecond, c.Limits.RequestsBurst = 0, 10_000, 10_000
	c.Limits.ResumeFrames = texts + 10
	s, err := server.Start(within(t), c, server.Options{Killable: true})
	require.NoError(t, err)
	c.Server.Addr = s.Addr().String()
	ann, bob := dial(t, s, "ann"), dial(t, s, "bob")
	create(t, ann, "hall")
	_, err = bob.JoinGroup(within(t), &troupev1.JoinGroup{GroupId: "hall"})
	require.NoError(t, err)

	half := make(chan struct{})
	acknowledged := make(chan map[string]uint64, 1)
	go sendAll(t, ann, texts, half, acknowledged)
	<-half
	s.Kill()
	start(t, c, server.Options{})

	numbers := <-acknowledged
	heard := hear(t, bob, "hall", texts+1) // and the tip of joining
	require.Len(t, heard, texts)
	for text, seq := range numbers {
		require.Equal(t, seq, heard[text], "the number of %q", text)
	}
}

// sendAll sends one text after the other, as fast as they are answered.
func sendAll(t *testing.T, c *client.Client, n int, half chan<- struct{}, out chan<- map[string]uint64) {
	numbers := map[string]uint64{}
	for i := range n {
		if i == n/2 {
			close(half)
		}
		text := fmt.Sprint("text ", i)
		r, err := c.SendText(within(t), "hall", text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			break
		}
		numbers[text] = r.GetSeq()
	}
	out <- numbers
}

// hear takes the events of a group up to a number; they must come in order,
// each once. It returns the number of each text.
func hear(t *testing.T, c *client.Client, group string, last uint64) map[string]uint64 {
	t.Helper()
	heard := map[string]uint64{}
	next := uint64(1)
	timeout := time.After(patience)
	for next <= last {
		select {
		case e, ok := <-c.Events():
			require.True(t, ok)
			require.Nil(t, e.Gap)
			require.Nil(t, e.Lost)
			if e.Group != group || e.Seq == 0 || e.Event.GetSystemNotice() != nil {
				continue
			}
			require.Equal(t, next, e.Seq)
			next++
			if text := e.Event.GetMessage().GetElements()[0].GetText(); text != nil {
				heard[text.GetText()] = e.Seq
			}
		case <-timeout:
			require.FailNow(t, "not all was heard", "next is %d", next)
		}
	}
	return heard
}

// A client that joins much and reads slowly gets everything all the same.
func TestSlowClientGetsEverything(t *testing.T) {
	c := settings(t.TempDir())
	c.Limits.MessagesPerSecond, c.Limits.RequestsPerSecond, c.Limits.RequestsBurst = 0, 10_000, 10_000
	c.Limits.QueueFrames = 16
	const texts = 400
	c.Limits.ResumeFrames = texts
	s := start(t, c, server.Options{})
	ann := dial(t, s, "ann")
	create(t, ann, "hall")
	bob, err := client.Dial(within(t), s.URL(), client.Options{User: "bob", QueueSize: 1})
	require.NoError(t, err)
	t.Cleanup(func() { _ = bob.Close() })
	_, err = bob.JoinGroup(within(t), &troupev1.JoinGroup{GroupId: "hall"})
	require.NoError(t, err)
	acknowledged := make(chan map[string]uint64, 1)
	sendAll(t, ann, texts, make(chan struct{}), acknowledged)
	require.Len(t, hear(t, bob, "hall", texts+1), texts)
}
