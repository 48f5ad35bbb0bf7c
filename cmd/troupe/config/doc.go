// Package config is the configuration of the troupe server: one struct, its
// defaults, where values come from, and what contradicts what.
//
// Values come from, each over the one before: the defaults, a YAML file,
// environment variables (TROUPE_ and the path of a field: TROUPE_SERVER_ADDR
// for server.addr), flags. An unknown key in the file stops the start with its
// line and column. [Config.Validate] is called once; afterwards a Config is
// read only.
//
// The package holds data and judges it. It opens no sockets and no storage;
// package server makes the parts of the server from it.
package config
