// Package wire writes and reads the protobuf wire format by hand, without
// reflection or intermediate structs. Only package persistence imports it.
//
// It must not know what a record means. Writers append to a byte slice and
// leave zero values out, as proto3 does; fields are written in rising order,
// so equal values give equal bytes.
package wire
