package bolt

import (
	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// schema is the version of the layout of the file. Since 2 numbered and
// unnumbered entries lie in one log; files of version 1 are refused.
const schema = 2

// Keys of the table of settings of the file.
var (
	metaSchema = []byte("schema")
	metaEpoch  = []byte("epoch")
)

// bucketName gives the bucket of a space. Names are part of the file's format.
func bucketName(s engine.Space) []byte {
	switch s {
	case engine.Log:
		return []byte("log")
	case rowsSpace:
		return []byte("recent")
	case voidedSpace:
		return []byte("recent_voided")
	case engine.Snapshots:
		return []byte("snapshots")
	case engine.Chunks:
		return []byte("chunks")
	}
	names := [...]string{
		persistence.TableGroups:         "groups",
		persistence.TableProfiles:       "profiles",
		persistence.TableMembers:        "members",
		persistence.TableUsers:          "users",
		persistence.TableCounts:         "counts",
		persistence.TableInbox:          "inbox",
		persistence.TableInboxHead:      "inbox_head",
		persistence.TableNotices:        "notices",
		persistence.TablePlaced:         "placed",
		persistence.TableApplications:   "applications",
		persistence.TableApplicationsOf: "applications_of",
		persistence.TableReadMarks:      "read_marks",
		persistence.TableSent:           "sent",
		persistence.TableTimers:         "timers",
		persistence.TableTimerOf:        "timer_of",
		persistence.TableMeta:           "meta",
		persistence.TableAudit:          "audit",
		persistence.TableBans:           "bans",
		persistence.TableRevocations:    "revocations",
		persistence.TableDeletions:      "deletions",
		persistence.TableErased:         "erased",
	}
	return []byte(names[s])
}

// fill is how full pages are made: entries come in rising order.
const fill = 0.9

// spaces are all that have a bucket.
func spaces() []engine.Space { return append(engine.Spaces(), rowsSpace, voidedSpace) }

// createBuckets makes what is missing.
func createBuckets(tx *bbolt.Tx) error {
	for _, s := range spaces() {
		if _, err := tx.CreateBucketIfNotExists(bucketName(s)); err != nil {
			return err
		}
	}
	return nil
}
