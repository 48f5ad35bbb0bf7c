// Package bolt is the journal of a single server: one bbolt file.
//
// It implements persistence.Journal, opens and checks the file, keeps watch
// over the space left on its disk, and offers what an operator's commands
// need: Compact, Verify, RenewEpoch. It must not know what a record means.
// Only cmd and tests name it.
//
// Values of one stream lie side by side (keys begin with the stream), but
// entries of many streams are first set aside and put there several at a time
// (docs/adr, "Recent entries are set aside"): a draft says what a transaction
// does to them, the index of recent ones serves views, and seekLog joins both
// with the log. Above the store everything is as if they were in the log. Pages are
// filled to nine tenths, the list of free pages is not written with every
// commit but found again on opening (0.3 s for half a gigabyte). The file never
// shrinks by itself; see Compact. Memory maps the whole file, so judge the
// server's memory by its anonymous part.
package bolt
