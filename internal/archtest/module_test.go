package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/troupe-im/troupe"

// source is one parsed Go file.
type source struct {
	path string // from the root, with slashes
	dir  string // "." = the root
	test bool
	// generated files are judged for imports only.
	generated bool
	file      *ast.File
	fset      *token.FileSet
}

// imports are the paths imported.
func (s *source) imports() []string {
	var out []string
	for _, i := range s.file.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// position is where a node stands, for messages.
func (s *source) position(n ast.Node) string {
	p := s.fset.Position(n.Pos())
	return s.path + ":" + strconv.Itoa(p.Line)
}

// root is the module's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "go.mod"))
	return dir
}

// tracked are the files of the repository, from the root, with slashes; what
// git ignores is left out where there is git.
func tracked(t *testing.T) []string {
	t.Helper()
	dir := root(t)
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = dir
	if out, err := cmd.Output(); err == nil {
		names := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
		return slices.DeleteFunc(names, func(name string) bool {
			info, err := os.Stat(filepath.Join(dir, name))
			return err != nil || !info.Mode().IsRegular()
		})
	}
	var names []string
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	}))
	return names
}

var (
	parseOnce sync.Once
	parsed    []*source
)

// sources are all Go files of the module, parsed once for all tests.
func sources(t *testing.T) []*source {
	t.Helper()
	parseOnce.Do(func() { parsed = parse(t) })
	require.NotEmpty(t, parsed)
	return parsed
}

func parse(t *testing.T) (out []*source) {
	t.Helper()
	dir := root(t)
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		require.NoError(t, err)
		out = append(out, &source{
			path: name, dir: path.Dir(name), file: file, fset: fset,
			test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(file),
		})
	}
	return out
}

// under reports whether dir is one of the folders or inside one.
func under(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") })
}
