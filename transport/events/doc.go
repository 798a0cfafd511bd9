// Package events carries facts from the module that committed them to those that listen: event log, deliveries, relay,
// inbox, retry, dead letters. It speaks to other programs and backends through watermill's messages. It does not know
// where rows are kept (Log and Inbox are what it asks of a database) nor any module.
//
// # The life of an event
//
// A module announces a fact inside the transaction that makes it true. The fact becomes a row of the module's event
// log and one delivery for each subscriber of its topic; committed means it will be delivered. The module's relay
// learns of the commit, hands due deliveries to a watermill Publisher, and settles them when the subscriber has
// answered: done, to be tried again on a schedule, or parked as a dead letter. The subscriber's watermill Router runs
// the handler in one transaction with a row of its inbox, so a delivery that comes again does nothing.
//
// # Order
//
// A subscriber gets the events of one key one after the other, in the order they were committed, whatever their topics.
// One that is retried holds back its own key and no other; one that is parked lets its key go on.
//
// # Not now
//
// When a subscriber's side can take nothing, because its disk is full or its module is away, the line to it rests: no
// attempt is counted, and a few events are handed over from time to time until one is taken. Office.Lines says which
// lines rest and why. An event that comes back while others are taken is put off by itself, and lets the others go first.
//
// # The envelope
//
// A message's payload is the event as JSON. Its metadata are CloudEvents 1.0 attributes: id (UUIDv7), source, type (the
// topic), subject (the key), time, specversion, datacontenttype, traceparent; and as extensions keyversion (the key's
// version), schemaversion, cause (the id of the event whose handling announced this one) and replayid.
package events
