package main

import (
	"time"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/registry/registryfx"
)

// nodeStatus is a node as /status tells it.
type nodeStatus struct {
	Node    string `json:"node"`
	Version string `json:"version"`
	Boot    string `json:"boot"`
	Uptime  string `json:"uptime"`
	// Ready is what /readyz says; Faults are what keeps the node from it, by module.
	Ready  bool              `json:"ready"`
	Faults map[string]string `json:"faults,omitempty"`
	// Draining is since when the node steps back, as an operator asked (holon drain).
	Draining  time.Time         `json:"draining_since,omitzero"`
	Addresses map[string]string `json:"addresses"`
	DataDir   string            `json:"data_dir"`
	Config    string            `json:"config,omitempty"`
	Log       levelState        `json:"log"`
	// Traces is where traces are sent, empty when they are off.
	Traces  string         `json:"traces,omitempty"`
	Modules []moduleStatus `json:"modules"`
	// Gateway and Registry are there where one runs.
	Gateway  *gatewayfx.Status `json:"gateway,omitempty"`
	Registry *registryfx.State `json:"registry,omitempty"`
	Events   []backlogStatus   `json:"events"`
	// EventsFault says why Events is empty.
	EventsFault string      `json:"events_fault,omitempty"`
	Disk        *diskStatus `json:"disk,omitempty"`
	Backup      *lastBackup `json:"backup,omitempty"`
	// BackupFault is why the backup that was tried last came to nothing.
	BackupFault *backupFault  `json:"backup_fault,omitempty"`
	Process     processStatus `json:"process"`
	Limits      []nodeLimit   `json:"limits,omitempty"`
	// ClockJump is how far the clock has jumped while the node ran, as long as nothing is forgotten by it.
	ClockJump string `json:"clock_jump,omitempty"`
}

type moduleStatus struct {
	Name  string        `json:"name"`
	State modules.State `json:"state"`
	Since time.Time     `json:"since"`
	// Well says that nothing is known to be wrong; Why is what is.
	Well  bool         `json:"well"`
	Why   []string     `json:"why,omitempty"`
	Store *storeStatus `json:"store,omitempty"`
}

// storeStatus is a module's database: its sizes on disk in bytes, and how many writes wait.
type storeStatus struct {
	ID      string `json:"id"`
	File    int64  `json:"file_bytes"`
	Journal int64  `json:"journal_bytes"`
	Queued  int    `json:"queued_writes"`
}

// diskStatus is the disk below the data dir.
type diskStatus struct {
	Free    int64 `json:"free_bytes"`
	MinFree int64 `json:"min_free_bytes"`
	// Low says that business writes are refused, since then.
	Low   bool      `json:"low"`
	Since time.Time `json:"since,omitzero"`
}

// processStatus is what the process uses of the machine.
type processStatus struct {
	Requests    int `json:"requests"`
	Connections int `json:"connections"`
	// Full says that all public connections are in use, and new ones wait.
	Full       bool  `json:"full,omitempty"`
	Goroutines int   `json:"goroutines"`
	Heap       int64 `json:"heap_bytes"`
	// HeapLimit is where the collector works harder (GOMEMLIMIT), 0 for none.
	HeapLimit int64  `json:"heap_limit_bytes,omitempty"`
	MaxFiles  uint64 `json:"open_files_limit,omitempty"`
}
