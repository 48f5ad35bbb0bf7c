package bolt

// Aside gives options with which entries of every batch are set aside, and go
// to the log when so many of a stream are together, or when they are in more
// rows or take more bytes.
func Aside(o Options, together, rows, bytes int) Options {
	o.tuning = &tuning{streams: 1, together: together, rows: rows, bytes: bytes}
	return o
}
