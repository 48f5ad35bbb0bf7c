package client_test

import (
	"context"
	"fmt"

	"github.com/troupe-im/troupe/client"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Two users meet in a group; one of them hears what the other says.
func Example() {
	url, stop := client.ServeStub() // a server
	defer stop()
	ctx := context.Background()

	ann, err := client.Dial(ctx, url, client.Options{User: "ann"})
	check(err)
	defer ann.Close()
	_, err = ann.CreateGroup(ctx, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: "hall", Name: "Hall"})
	check(err)

	bob, err := client.Dial(ctx, url, client.Options{User: "bob"})
	check(err)
	defer bob.Close()
	joined, err := bob.JoinGroup(ctx, &troupev1.JoinGroup{GroupId: "hall"})
	check(err)
	fmt.Println(joined.GetOutcome(), joined.GetGroup().GetName())
	_, err = bob.SendText(ctx, "hall", "good evening")
	check(err)

	for e := range ann.Events() {
		m := e.Event.GetMessage()
		if m == nil {
			continue // a notice that the group was made
		}
		if tip := m.GetElements()[0].GetGroupTip(); tip != nil {
			fmt.Println(m.GetSeq(), tip.GetEvent(), tip.GetUsers()[0].GetUserId())
			continue
		}
		fmt.Println(m.GetSeq(), m.GetSenderId(), m.GetElements()[0].GetText().GetText())
		break
	}
	// Output:
	// OUTCOME_JOINED Hall
	// 1 member_joined bob
	// 2 bob good evening
}

// A refusal is an error with a code and a name.
func ExampleCodeOf() {
	url, stop := client.ServeStub() // a server
	defer stop()
	ctx := context.Background()
	ann, err := client.Dial(ctx, url, client.Options{User: "ann"})
	check(err)
	defer ann.Close()

	_, err = ann.SendText(ctx, "nowhere", "hello?")
	fmt.Println(client.CodeOf(err))
	fmt.Println(err)
	// Output:
	// 10010
	// group_not_found (10010): there is no such group
}

// With a handler there is no loop to write.
func ExampleOptions_onEvent() {
	url, stop := client.ServeStub() // a server
	defer stop()
	ctx := context.Background()
	heard := make(chan string)
	ann, err := client.Dial(ctx, url, client.Options{User: "ann", OnEvent: func(e client.Event) {
		heard <- fmt.Sprint("notice ", e.Event.GetSystemNotice().GetNoticeType())
	}})
	check(err)
	defer ann.Close()
	_, err = ann.CreateGroup(ctx, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: "hall", Name: "Hall"})
	check(err)
	fmt.Println(<-heard)
	// Output: notice 6
}

// Do gives the answer as it came, so that process codes can be read.
func ExampleClient_Do() {
	url, stop := client.ServeStub() // a server
	defer stop()
	ctx := context.Background()
	ann, err := client.Dial(ctx, url, client.Options{User: "ann"})
	check(err)
	defer ann.Close()
	_, err = ann.CreateGroup(ctx, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_PUBLIC, GroupId: "club", Name: "Club"})
	check(err)

	bob, err := client.Dial(ctx, url, client.Options{User: "bob"})
	check(err)
	defer bob.Close()
	answer, err := bob.Do(ctx, &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: "club"}}})
	check(err)
	fmt.Println(answer.GetCode(), answer.GetJoinGroup().GetOutcome())
	// Output: 25424 OUTCOME_WAIT_APPROVAL
}

// A Conn does nothing by itself.
func ExampleDialConn() {
	url, stop := client.ServeStub() // a server
	defer stop()
	ctx := context.Background()
	conn, err := client.DialConn(ctx, url, client.ConnOptions{})
	check(err)
	defer conn.Close()
	check(conn.Send(&troupev1.Request{RequestId: "1", Op: &troupev1.Request_Login{Login: &troupev1.Login{UserId: "ann"}}}))
	frame, err := conn.Recv(ctx)
	check(err)
	fmt.Println(frame.GetAnswer().GetRequestId(), frame.GetAnswer().GetLogin().GetUserId())
	// Output: 1 ann
}

// A guest watches a livestream without login.
func ExampleDialGuest() {
	url, stop := client.ServeStub() // a server
	defer stop()
	ctx := context.Background()
	ann, err := client.Dial(ctx, url, client.Options{User: "ann"})
	check(err)
	defer ann.Close()
	_, err = ann.CreateGroup(ctx, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_LIVESTREAM, GroupId: "show", Name: "Show"})
	check(err)

	guest, err := client.DialGuest(ctx, url, "show", client.Options{})
	check(err)
	defer guest.Close()
	fmt.Println(guest.Room().GetGroup().GetName())
	// Output: Show
}
