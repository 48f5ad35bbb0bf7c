// Package report is what a load run leaves behind: one flat Result that is read
// by people at a terminal, by programs as JSON and by anybody as a page of
// HTML; the Sampler that watches a run while it goes on; and the comparison of
// results. It measures what it is given functions for, starts nothing, and
// knows the server by the text of its metrics only. Imported by bench alone.
package report
