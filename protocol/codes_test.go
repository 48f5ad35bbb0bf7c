package protocol

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// specRows reads the tables of spec section 15: number → name.
func specRows(t *testing.T) map[int]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "spec", "semantics.md"))
	if os.IsNotExist(err) {
		t.Skip("the specification is not in this checkout")
	}
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n## 15. ")
	require.True(t, ok)
	section, _, ok = strings.Cut(section, "\n## 16. ")
	require.True(t, ok)
	rows := map[int]string{}
	row := regexp.MustCompile("(?m)^\\| ([0-9 /]+) \\| (`[^|]+) \\|")
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		names := strings.Split(m[2], "/")
		for i, number := range strings.Split(m[1], "/") {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			require.NoError(t, err)
			rows[n] = strings.Trim(strings.TrimSpace(names[i]), "`")
		}
	}
	return rows
}

func TestCodesAreThoseOfTheSpec(t *testing.T) {
	spec := specRows(t)
	require.Greater(t, len(spec), 60)
	for _, row := range Codes() {
		require.Equal(t, spec[int(row.Code)], row.Name, "number %d", row.Code)
		delete(spec, int(row.Code))
	}
	require.Empty(t, spec, "in the specification but not in the table")
}

func TestCodesAreUnique(t *testing.T) {
	names, numbers := map[string]bool{}, map[group.Code]bool{}
	for _, row := range Codes() {
		require.False(t, names[row.Name], row.Name)
		require.False(t, numbers[row.Code], row.Name)
		require.NotEmpty(t, row.Text, row.Name)
		names[row.Name], numbers[row.Code] = true, true
		require.Equal(t, row.Name, NameOf(row.Code))
		back, ok := CodeNamed(row.Name)
		require.True(t, ok)
		require.Equal(t, row.Code, back)
	}
	require.Empty(t, NameOf(1))
	_, ok := CodeNamed("nonsense")
	require.False(t, ok)
}

// TestCodesCoverTheCore reads the constants of type Code out of the source, so
// that a new one cannot be forgotten.
func TestCodesCoverTheCore(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "group", "reject.go"), nil, 0)
	require.NoError(t, err)
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Code" {
			return true
		}
		number, err := strconv.Atoi(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		require.NotEmpty(t, NameOf(group.Code(number)), spec.Names[0].Name)
		found++
		return true
	})
	require.Greater(t, found, 30)
}

func TestRetryOfCodes(t *testing.T) {
	want := map[string]Retry{
		"busy": RetryAfter, "rate_limited": RetryAfter,
		"unavailable": RetrySame, "internal_error": RetrySame, "network_error": RetrySame,
	}
	for _, row := range Codes() {
		require.Equal(t, want[row.Name], row.Retry, row.Name)
	}
}

func TestCloseCodes(t *testing.T) {
	want := map[int]Reconnect{
		1000: ReconnectNever, 1001: ReconnectAfterReason, 1009: ReconnectBackoff, 1011: ReconnectBackoff, 1013: ReconnectBackoff,
		4000: ReconnectBackoff, 4001: ReconnectBackoff, 4002: ReconnectBackoff, 4500: ReconnectWhenNeeded,
		4501: ReconnectNever, 4502: ReconnectNever, 4503: ReconnectNever, 4504: ReconnectNever,
		1006: ReconnectBackoff, 4999: ReconnectBackoff,
	}
	for code, reconnect := range want {
		require.Equal(t, reconnect, CloseRowOf(code).Reconnect, code)
	}
	for _, row := range CloseCodes() {
		require.Contains(t, want, row.Code)
	}
}

func TestErrorFrom(t *testing.T) {
	e := ErrorFrom(&group.Rejection{Code: group.CodeMuted, MuteScope: "group", Until: group.NoEnd})
	require.Equal(t, "muted", e.Name)
	require.Equal(t, "group", e.Details.GetScope())
	require.Equal(t, int64(-1), e.Details.GetUntil())

	e = ErrorFrom(&group.Rejection{Code: group.CodeInvalidParameter, Field: "name"})
	require.Equal(t, "name", e.Field())
	require.EqualError(t, e, "invalid_parameter (10004): a parameter is missing, malformed, too long or out of range [name]")

	require.Nil(t, ErrorFrom(&group.Rejection{Code: group.CodeNotMember}).Details)
	require.Equal(t, "internal_error", ErrorFrom(&group.Rejection{Code: 77}).Name)
}

func TestErrorConstructors(t *testing.T) {
	require.Equal(t, int64(250), RetryLater(CodeBusy, 250).Details.GetRetryAfterMs())
	require.Equal(t, "disk_full", DiskFull(1000).Details.GetReason())
	require.Equal(t, CodeUnavailable, DiskFull(1000).Code)
	require.Equal(t, CodeResumeRefused, ResumeRefused("used").Code)
	require.Equal(t, "used", ResumeRefused("used").Details.GetCause())
	require.Equal(t, CodeInvalidRequest, InvalidRequest("no").Code)
	require.Nil(t, InvalidRequest("no").Details)
}
