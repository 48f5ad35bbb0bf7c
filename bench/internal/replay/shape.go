package replay

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Kind is what happened in the recorded channel.
type Kind byte

// The kinds, as the file writes them.
const (
	Message Kind = 'm'
	Join    Kind = 'j'
	Leave   Kind = 'l'
	Rename  Kind = 'n'
)

// Line is one recorded event.
type Line struct {
	Kind Kind
	User int
	// Bytes is the length of a message's text.
	Bytes int
	// ReplyTo is the user that a message opens with; -1 = none.
	ReplyTo int
}

// Excerpt is a stretch of the recording: one group.
type Excerpt struct {
	Number int
	Lines  []Line
}

// Read reads a recording, gzipped or plain: a header line, then excerpt,
// minute, kind, user, bytes, reply_to, separated by tabs.
func Read(path string) ([]Excerpt, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r = z
	}
	out, err := parse(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

func parse(r io.Reader) ([]Excerpt, error) {
	var out []Excerpt
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			continue // the header
		}
		number, line, err := parseLine(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if len(out) == 0 || out[len(out)-1].Number != number {
			out = append(out, Excerpt{Number: number})
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, line)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("nothing recorded")
	}
	return out, nil
}

func parseLine(text string) (excerpt int, line Line, err error) {
	fields := strings.Split(text, "\t")
	if len(fields) != 6 || len(fields[2]) != 1 || !strings.Contains("mjln", fields[2]) {
		return 0, line, errors.New("want excerpt, minute, kind (m, j, l or n), user, bytes, reply_to")
	}
	line = Line{Kind: Kind(fields[2][0]), ReplyTo: -1}
	if excerpt, err = strconv.Atoi(fields[0]); err != nil {
		return 0, line, err
	}
	if line.User, err = strconv.Atoi(fields[3]); err != nil {
		return 0, line, err
	}
	if line.Kind != Message {
		return excerpt, line, nil
	}
	if line.Bytes, err = strconv.Atoi(fields[4]); err != nil {
		return 0, line, err
	}
	if fields[5] != "" {
		line.ReplyTo, err = strconv.Atoi(fields[5])
	}
	return excerpt, line, err
}

// Cut keeps the first excerpts and of each the lines up to the given number of
// messages; zero = all.
func Cut(all []Excerpt, excerpts, messages int) []Excerpt {
	if excerpts > 0 && excerpts < len(all) {
		all = all[:excerpts]
	}
	if messages <= 0 {
		return all
	}
	out := make([]Excerpt, len(all))
	for i, e := range all {
		out[i] = Excerpt{Number: e.Number}
		seen := 0
		for _, l := range e.Lines {
			if l.Kind == Message {
				if seen == messages {
					break
				}
				seen++
			}
			out[i].Lines = append(out[i].Lines, l)
		}
	}
	return out
}

// Peak is how many users are present at once at most: whoever acts joins first.
func (e *Excerpt) Peak() int {
	present, peak := map[int]bool{}, 0
	for _, l := range e.Lines {
		present[l.User] = true
		peak = max(peak, len(present))
		if l.Kind == Leave {
			delete(present, l.User)
		}
	}
	return peak
}
