package archtest

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// impure are the packages of the standard library that a pure core does
// without: clocks, randomness, goroutines, the system.
var impure = []string{
	"context", "crypto/rand", "database", "embed", "expvar", "io/ioutil", "log", "math/rand", "net", "os",
	"plugin", "runtime", "sync", "syscall", "testing", "time", "unsafe",
}

// noEdge are those that packages without I/O leave to others.
var noEdge = []string{"database", "log", "net", "os", "plugin", "syscall"}

// addresses are values and do no I/O, though they live below net.
const addresses = "net/netip"

// forbidden says what files outside of tests may not import, by folder.
var forbidden = []struct {
	dirs, except []string
	imports      []string
	why          string
}{
	{[]string{"group"}, nil, impure, "a core is a function"},
	{[]string{"protocol"}, []string{"protocol/internal"}, noEdge, "the wire is bytes, no sockets"},
	{[]string{"persistence"}, []string{"persistence/bolt", "persistence/journaltest"}, noEdge, "adapters do the I/O"},
	{[]string{"actors"}, nil, []string{"net/http", "os", "database"}, "actors know no sockets and no disk"},
}

func TestForbiddenImports(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.generated {
			continue
		}
		for _, rule := range forbidden {
			if !under(s.dir, rule.dirs...) || under(s.dir, rule.except...) {
				continue
			}
			for _, i := range s.imports() {
				if covers(rule.imports, i) && i != addresses {
					t.Errorf("%s imports %s: %s", s.path, i, rule.why)
				}
			}
		}
	}
}

// A core starts no goroutine and has no channel.
func TestCoreIsSequential(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !under(s.dir, "group") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
				t.Errorf("%s: no goroutines or channels in a core", s.position(n))
			}
			return true
		})
	}
}

// calls are functions that only some folders may use.
var calls = []struct {
	names []string
	// except may use them; tests: test files may, too.
	except []string
	tests  bool
	why    string
}{
	{[]string{"os.Getenv", "os.LookupEnv", "os.Environ"}, []string{"cmd", "bench", "internal", "persistence/journaltest"}, true,
		"the environment is read in cmd only"},
	{[]string{"slog.Default", "slog.Debug", "slog.Info", "slog.Warn", "slog.Error", "slog.SetDefault"},
		[]string{"cmd"}, false, "loggers are injected"},
	{[]string{"log.Print", "log.Printf", "log.Println", "log.Fatal", "log.Fatalf", "log.Panic", "log.Panicf"},
		nil, false, "logging is slog's"},
	{[]string{"os.Exit"}, []string{"cmd/troupe", "bench", "internal", "protocol/internal"}, true,
		"only main ends the process"},
	{[]string{"fmt.Print", "fmt.Printf", "fmt.Println"}, []string{"internal", "protocol/internal"}, true,
		"output goes to a writer that was passed in"},
	{[]string{"time.Sleep"}, []string{"bench"}, false, "wait for what happens, not for time"},
}

func TestCalls(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || !slices.ContainsFunc(s.imports(), func(i string) bool { return lastOf(i) == pkg.Name }) {
				return true
			}
			for _, rule := range calls {
				if slices.Contains(rule.names, pkg.Name+"."+sel.Sel.Name) && !under(s.dir, rule.except...) && (!s.test || !rule.tests) {
					t.Errorf("%s: %s.%s: %s", s.position(n), pkg.Name, sel.Sel.Name, rule.why)
				}
			}
			return true
		})
	}
}

func lastOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// Importing a package does nothing.
func TestNoInit(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init functions", s.position(f))
			}
		}
	}
}
