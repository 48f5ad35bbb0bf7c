// Package floor is the least that a delivery can cost on this machine: a
// program that does nothing but write the same bytes to the same number of
// sockets, by blocking writes, one thread per core. What a server costs is
// judged beside it. Linux only.
package floor
