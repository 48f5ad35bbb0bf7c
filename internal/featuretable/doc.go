// Command featuretable writes docs/features.md: for each row of the feature
// checklist (docs/spec/features.md) whether a test proves it, and which. It
// believes only subtests that passed and carry the row's id in their name, at
// most three rows each:
//
//	go test -json ./e2e/... > results.json
//	go run ./internal/featuretable -results results.json -spec docs/spec/features.md -out docs/features.md
//
// With -check it writes nothing and fails if the file is not what it would
// write. Rows without proof are listed with the reason that reasons.txt gives.
// It is a tool of this repository; nothing imports it.
package main
