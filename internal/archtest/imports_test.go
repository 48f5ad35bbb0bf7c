package archtest

import (
	"slices"
	"strings"
	"testing"
)

// row says what the package in a folder may import besides the standard
// library. A folder without a row is a failure: every package states its place.
type row struct {
	dir string
	// ours are folders of this module.
	ours []string
	// third are modules or packages of others; what lies below them is included.
	third []string
	// tests is what its test files may import besides.
	tests []string
}

const (
	protobuf   = "google.golang.org/protobuf"
	prometheus = "github.com/prometheus/client_golang"
	clockwork  = "github.com/jonboulle/clockwork"
	cobra      = "github.com/spf13/cobra"
	gorilla    = "github.com/gorilla/websocket"
	xxhash     = "github.com/cespare/xxhash/v2"
	wire       = "protocol/troupe/v1"
)

// testTools may be imported by every test.
var testTools = []string{
	"github.com/stretchr/testify/require",
	"github.com/google/go-cmp/cmp",
	"go.uber.org/goleak",
	"pgregory.net/rapid",
	"github.com/anishathalye/porcupine",
	clockwork,
}

// table is who may import whom. Arrows point only this way:
//
//	cmd → gateway → actors → persistence → group
//	        └────→ protocol ←───┘             ↑
//	bench → client → protocol ────────────────┘
//
// Third parties live only where they are named.
var table = []row{
	{dir: "group", tests: []string{"group/internal/...", "persistence"}},
	// The naive twin compares whole states; only tests import it.
	{dir: "group/internal", ours: []string{"group"}, third: []string{"github.com/google/go-cmp/cmp"}},

	{dir: "protocol", ours: []string{"group", wire}, third: []string{protobuf}},
	{dir: wire, third: []string{protobuf}},
	{dir: "protocol/internal/generate", third: []string{protobuf, "github.com/bufbuild/protocompile"}},

	{dir: "persistence", ours: []string{"group", "persistence/internal/...", "persistence/record/v1"},
		third: []string{protobuf}, tests: []string{"persistence/memory", "persistence/journaltest"}},
	{dir: "persistence/record/v1", third: []string{protobuf}},
	{dir: "persistence/internal", ours: []string{"group", "persistence", "persistence/internal/..."}, third: []string{protobuf}},
	{dir: "persistence/memory", ours: []string{"group", "persistence", "persistence/internal/..."},
		tests: []string{"persistence/journaltest"}},
	{dir: "persistence/bolt", ours: []string{"group", "persistence", "persistence/internal/..."}, third: []string{"go.etcd.io/bbolt"},
		tests: []string{"persistence/journaltest", "persistence/memory"}},
	// The suite is test code that adapters call.
	{dir: "persistence/journaltest", ours: []string{"group", "persistence"}, third: testTools,
		tests: []string{"persistence/memory"}},

	{dir: "actors", ours: []string{"group", "persistence", "protocol", wire, "internal/warm"},
		third: []string{"github.com/asynkron/protoactor-go/actor", xxhash, clockwork, prometheus, protobuf},
		tests: []string{"persistence/..."}},

	{dir: "gateway", ours: []string{"actors", "group", "protocol", wire, "gateway/auth", "internal/warm"},
		third: []string{gorilla, prometheus, clockwork, protobuf},
		tests: []string{"persistence/memory", "client"}},
	// It implements the interface that actors declares.
	{dir: "gateway/auth", ours: []string{"actors", "group", "protocol"}, third: []string{"github.com/golang-jwt/jwt/v5", clockwork}},

	{dir: "client", ours: []string{"group", "protocol", wire}, third: []string{gorilla, protobuf}},

	// The only place where adapters are named and parts are joined.
	{dir: "cmd/troupe", ours: []string{"cmd/troupe/...", "client", "protocol", wire, "group", "actors", "gateway/auth", "persistence", "persistence/bolt"},
		third: []string{cobra, protobuf}},
	{dir: "cmd/troupe/config", ours: []string{"actors", "gateway", "gateway/auth", "group"},
		third: []string{"github.com/goccy/go-yaml"}},
	{dir: "cmd/troupe/server", ours: []string{"cmd/troupe/config", "actors", "gateway/...", "persistence/...", "protocol", wire, "group"},
		third: []string{prometheus, clockwork}, tests: []string{"client"}},

	// bench drives the server as a process of its own.
	{dir: "bench", ours: []string{"bench/...", "client", "protocol", wire},
		third: []string{cobra, protobuf, "github.com/HdrHistogram/hdrhistogram-go", "golang.org/x/sys/unix"}},
	// The floor of upgrades is the library that the server's handshake is judged by.
	{dir: "bench/internal/floor", ours: []string{"bench/internal/...", "protocol", wire}, third: []string{gorilla, protobuf, "golang.org/x/sys/unix"}},
	// A report reads the server's metrics as text and talks to nobody else.
	{dir: "bench/internal/report", ours: []string{"bench/internal/load"},
		third: []string{"github.com/HdrHistogram/hdrhistogram-go", "github.com/prometheus/common"}},

	// End-to-end tests put the whole together as cmd does.
	{dir: "e2e", ours: []string{"e2e/...", "cmd/troupe/...", "client", "actors", "gateway/...", "persistence/...", "protocol", wire, "group"},
		third: append([]string{gorilla, protobuf}, testTools...)},

	{dir: "internal"},
	{dir: "internal/policydoc", ours: []string{"group", "protocol"}},
}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		r := rowOf(s.dir)
		if r == nil {
			t.Errorf("%s: folder %s has no row in the import table", s.path, s.dir)
			continue
		}
		for _, i := range s.imports() {
			if !r.allows(s, i) {
				t.Errorf("%s: package %s may not import %s", s.path, s.dir, i)
			}
		}
	}
}

// rowOf is the row of the nearest folder.
func rowOf(dir string) *row {
	var best *row
	for i := range table {
		if under(dir, table[i].dir) && (best == nil || len(table[i].dir) > len(best.dir)) {
			best = &table[i]
		}
	}
	return best
}

func (r *row) allows(s *source, path string) bool {
	if !strings.Contains(strings.Split(path, "/")[0], ".") {
		return true // the standard library
	}
	ours, inModule := strings.CutPrefix(path, modulePath+"/")
	if !inModule {
		return covers(r.third, path) || s.test && (covers(testTools, path) || covers(r.tests, path))
	}
	if ours == s.dir { // an external test
		return s.test
	}
	return allowsOurs(r.ours, ours) || s.test && allowsOurs(r.tests, ours)
}

// allowsOurs reports whether a folder is one of ours; "x/..." names x and all
// below it.
func allowsOurs(ours []string, dir string) bool {
	return slices.ContainsFunc(ours, func(o string) bool {
		all, below := strings.CutSuffix(o, "/...")
		return dir == o || below && under(dir, all)
	})
}

func covers(paths []string, path string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return under(path, p) })
}

// The table must be able to say no.
func TestImportsRefuse(t *testing.T) {
	for _, c := range []struct{ from, path string }{
		{"group", modulePath + "/protocol"},
		{"group", "google.golang.org/protobuf/proto"},
		{"group", "github.com/stretchr/testify/require"},
		{"protocol", modulePath + "/actors"},
		{"persistence", "go.etcd.io/bbolt"},
		{"persistence", modulePath + "/persistence/bolt"},
		{"actors", modulePath + "/gateway"},
		{"actors", modulePath + "/persistence/bolt"},
		{"actors", "github.com/gorilla/websocket"},
		{"gateway", "github.com/asynkron/protoactor-go/actor"},
		{"client", modulePath + "/actors"},
		{"bench", modulePath + "/cmd/troupe/server"},
		{"bench", "github.com/gorilla/websocket"},
		{"cmd/troupe", "go.etcd.io/bbolt"},
	} {
		if rowOf(c.from).allows(&source{dir: c.from}, c.path) {
			t.Errorf("the table lets %s import %s", c.from, c.path)
		}
	}
	if rowOf("elsewhere") != nil {
		t.Error("the table has a row for a folder that is not there")
	}
}
