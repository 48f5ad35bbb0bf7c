package archtest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every package says in one place what it owns, what it must not do and who
// calls it.
func TestPackageComments(t *testing.T) {
	comments, folders := map[string]int{}, map[string]string{}
	for _, s := range sources(t) {
		if s.test || s.generated {
			continue
		}
		folders[s.dir] = s.file.Name.Name
		if s.file.Doc == nil {
			continue
		}
		comments[s.dir]++
		text := s.file.Doc.Text()
		if name := s.file.Name.Name; name != "main" && !strings.HasPrefix(text, "Package "+name+" ") {
			t.Errorf("%s: the package comment does not begin with \"Package %s\"", s.path, name)
		}
		if len(strings.Fields(text)) < 8 {
			t.Errorf("%s: the package comment says nothing", s.path)
		}
	}
	for dir := range folders {
		if comments[dir] != 1 {
			t.Errorf("%s has %d package comments, wants one", dir, comments[dir])
		}
	}
}

// places are what only the machine knows on which something was written. The
// brackets keep the patterns from finding themselves.
var places = regexp.MustCompile(
	`(^|[^A-Za-z0-9_.])/([w]ork|[f]arm|[r]oot)/|[p]roxy\.golang\.org|[s]um\.golang\.org|[r]egistry\.npmjs\.org|[d]eb\.debian\.org`)

func TestNoMachinePlaces(t *testing.T) {
	dir := root(t)
	for _, name := range tracked(t) {
		if name == "go.sum" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		if bytes.IndexByte(data, 0) >= 0 {
			continue
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			if m := places.Find(line); m != nil {
				t.Errorf("%s:%d names a place of one machine or a registry: %q", name, i+1, m)
			}
		}
	}
	require.Regexp(t, places, "see /"+"work/x")
	require.NotRegexp(t, places, "/teamwork/ and net/work")
}

// largest is the size above which a file needs a reason to be in the repository.
const largest = 2 << 20

func TestFileSizes(t *testing.T) {
	dir := root(t)
	for _, name := range tracked(t) {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		if info.Size() > largest {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
	}
}

// Every direct dependency has its line in a decision record.
func TestDependenciesAreRecorded(t *testing.T) {
	dir := root(t)
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	records, err := filepath.Glob(filepath.Join(dir, "docs", "adr", "*dependencies*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, records)
	var text strings.Builder
	for _, r := range records {
		data, err := os.ReadFile(r)
		require.NoError(t, err)
		text.Write(data)
	}
	direct := regexp.MustCompile(`(?m)^\t(?:require )?([a-z0-9.\-]+\.[a-z]+/\S+|pgregory\.net/\S+) v\S+$`)
	found := direct.FindAllStringSubmatch(string(mod), -1)
	require.NotEmpty(t, found)
	for _, m := range found {
		if !strings.Contains(text.String(), "`"+m[1]+"`") {
			t.Errorf("%s is a direct dependency without a line in docs/adr", m[1])
		}
	}
}

// What others changed in a record stays readable: records are numbered without
// gaps and named in the list.
func TestRecordsAreListed(t *testing.T) {
	dir := filepath.Join(root(t), "docs", "adr")
	list, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	records, err := filepath.Glob(filepath.Join(dir, "[0-9][0-9][0-9][0-9]-*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, records)
	for i, r := range records {
		name := filepath.Base(r)
		require.Equal(t, i+1, number(name), "records are numbered without gaps: %s", name)
		require.Contains(t, string(list), name)
	}
}

func number(name string) (n int) {
	for _, c := range name[:4] {
		n = n*10 + int(c-'0')
	}
	return n
}

var link = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)

// A link from one of our documents leads to a file.
func TestLinks(t *testing.T) {
	dir := root(t)
	for _, name := range tracked(t) {
		if filepath.Ext(name) != ".md" || strings.HasPrefix(name, "docs/spec/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		for _, m := range link.FindAllSubmatch(data, -1) {
			target := filepath.Join(dir, filepath.Dir(name), string(m[1]))
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}
