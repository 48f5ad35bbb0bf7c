// Package archtest holds the rules of the house as tests: which package may
// import which, what a pure core must not touch, that every package says what
// it is for, and what does not belong into the repository. It has no code of
// its own besides its tests and nobody imports it. Changing a row of its tables
// needs a decision record (docs/adr).
package archtest
