// Package memory is a journal that lives and dies with its process: for tests
// and for trying the server out.
//
// It implements persistence.Journal by ordered maps behind one lock. It must
// not be used where something has to survive; its Backup is not a database
// file but a plain dump that New cannot read. Tests and cmd call it.
package memory
