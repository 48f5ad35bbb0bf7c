// Package bolt is the journal of a single server: one bbolt file.
//
// It implements persistence.Journal, opens and checks the file, keeps watch
// over the space left on its disk, and offers what an operator's commands
// need: Compact, Verify, RenewEpoch. It must not know what a record means.
// Only cmd and tests name it.
//
// Values of one stream lie side by side (keys are stream ‖ number), pages are
// filled to nine tenths, the list of free pages is not written with every
// commit but found again on opening (0.3 s for half a gigabyte). The file never
// shrinks by itself; see Compact. Memory maps the whole file, so judge the
// server's memory by its anonymous part.
package bolt
