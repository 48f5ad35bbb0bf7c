// Package journaltest is the conformance suite that every adapter of the
// journal runs, and a journal that fails on demand. Only tests import it.
package journaltest
