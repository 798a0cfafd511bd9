package storage

import (
	"database/sql"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"modernc.org/sqlite"
)

// busyTimeout is how long a statement waits for another program that looks into the file, in milliseconds.
const busyTimeout = "5000"

// writerDSN describes the one connection that writes. Foreign keys are off while it migrates, because rebuilding a
// table with them on deletes the rows that refer to it; Open switches them on afterwards. The file is not made here:
// one that vanished must not come back empty.
func writerDSN(path string) string {
	return dsn(path, url.Values{
		"mode":          {"rw"},
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"}, // NORMAL would lose the last commits with the machine's power
		"_foreign_keys": {"0"},
		"_pragma": {
			"cache_size(-16384)", // 16 MiB
			"temp_store(MEMORY)",
			"journal_size_limit(67108864)", // 64 MiB stay when a long read made the journal grow beyond
		},
	})
}

// readerDSN describes the connections that read; they cannot write by their mode and by their own refusal.
func readerDSN(path string) string {
	return dsn(path, url.Values{
		"mode":        {"ro"},
		"_query_only": {"1"},
		"_pragma":     {"cache_size(-8192)", "temp_store(MEMORY)"}, // 8 MiB a connection
	})
}

func dsn(path string, v url.Values) string {
	v.Set("_busy_timeout", busyTimeout)
	v.Set("_dqs", "0")      // a misspelt column in double quotes is an error and not a string
	v.Set("_error_rc", "1") // an error's text is its own and not that of the one before
	file := url.URL{Scheme: "file", OmitHost: true, Path: path}
	// SQLite reads the query too, and knows %20 but not +.
	return file.String() + "?" + strings.ReplaceAll(v.Encode(), "+", "%20")
}

// readers is how many reads of one module run at once.
func readers() int { return max(4, runtime.GOMAXPROCS(0)) }

func openPool(dsn string, size int) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}
