package events

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// The metadata of a message: attributes of CloudEvents 1.0, then extensions of ours.
const (
	attrID          = "id"
	attrSource      = "source"
	attrType        = "type"
	attrSubject     = "subject"
	attrTime        = "time"
	attrSpec        = "specversion"
	attrContentType = "datacontenttype"
	attrTrace       = "traceparent"

	attrKeyVersion = "keyversion"
	attrSchema     = "schemaversion"
	attrCause      = "cause"
	attrReplay     = "replayid"
)

const (
	specVersion = "1.0"
	contentType = "application/json"
	// sourcePrefix leads the module that announced an event.
	sourcePrefix = "holon/"
)

// toMessage puts an event into the form in which it is handed over.
func toMessage(e *Event, replay string) *message.Message {
	m := message.NewMessage(e.ID, e.Data)
	m.Metadata = message.Metadata{
		attrID: e.ID, attrSource: sourcePrefix + e.Module(), attrType: e.Topic, attrSubject: e.Key,
		attrTime: e.Time.Format(time.RFC3339Nano), attrSpec: specVersion, attrContentType: contentType,
		attrKeyVersion: strconv.FormatInt(e.Version, 10), attrSchema: strconv.Itoa(e.Schema),
	}
	for name, value := range map[string]string{attrTrace: e.Trace, attrCause: e.Cause, attrReplay: replay} {
		if value != "" {
			m.Metadata[name] = value
		}
	}
	return m
}

// fromMessage reads an event and its replay id. It refuses what no publisher of ours writes.
func fromMessage(m *message.Message) (e *Event, replay string, err error) {
	meta := m.Metadata
	version, badVersion := strconv.ParseInt(meta[attrKeyVersion], 10, 64)
	schema, badSchema := strconv.Atoi(meta[attrSchema])
	at, badTime := time.Parse(time.RFC3339Nano, meta[attrTime])
	if err := errors.Join(badVersion, badSchema, badTime); err != nil {
		return nil, "", fmt.Errorf("read envelope of %q: %w", m.UUID, err)
	}
	at = at.UTC() // what is read may have an offset that cannot be written
	e = &Event{
		ID: meta[attrID], Topic: meta[attrType], Key: meta[attrSubject], Version: version, Schema: schema, Time: at,
		Trace: meta[attrTrace], Cause: meta[attrCause], Data: m.Payload,
	}
	switch {
	case meta[attrSpec] != specVersion:
		return nil, "", fmt.Errorf("read envelope of %q: specversion is %q, not %s", m.UUID, meta[attrSpec], specVersion)
	case at.Year() < 0 || at.Year() > 9999:
		return nil, "", fmt.Errorf("read envelope of %q: the year %d is not one of RFC 3339", m.UUID, at.Year())
	case e.ID == "" || e.Topic == "":
		return nil, "", fmt.Errorf("read envelope of %q: it names no event or no topic", m.UUID)
	}
	return e, meta[attrReplay], nil
}
