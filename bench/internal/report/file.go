package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// WriteJSON writes the document: a field a line, the long rows of figures each
// on one.
func (r *Result) WriteJSON(w io.Writer) error {
	short := *r
	short.LatencyCurve, short.AckCurve, short.Series = nil, nil, nil
	doc, err := json.MarshalIndent(&short, "", "  ")
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	rows, err := json.Marshal(struct {
		LatencyCurve Curve   `json:"latency_curve,omitempty"`
		AckCurve     Curve   `json:"ack_curve,omitempty"`
		Series       *Series `json:"series,omitempty"`
	}{r.LatencyCurve, r.AckCurve, r.Series})
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	if !bytes.Equal(rows, []byte("{}")) {
		doc = append(bytes.TrimSuffix(doc, []byte("\n}")), ",\n  "...)
		doc = append(append(doc, rows[1:len(rows)-1]...), "\n}"...)
	}
	_, err = w.Write(append(doc, '\n'))
	return err
}

// Load reads a document that WriteJSON wrote. A file that names no scenario is
// none.
func Load(file string) (*Result, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r Result
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("%s is no result of bench: %w", file, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is no result of bench: something follows it", file)
	}
	if r.Scenario == "" {
		return nil, fmt.Errorf("%s is no result of bench: it names no scenario", file)
	}
	return &r, nil
}
