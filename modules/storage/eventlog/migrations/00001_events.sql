-- +goose Up
-- What the module has announced. Without a rowid there is one tree, kept in the order of ids: a new event goes to its
-- right edge, and a page of a list, the tail and what is to be forgotten are ranges of it. The payload is last, so that
-- a list does not follow it to its overflow pages.
CREATE TABLE events (
  id          text PRIMARY KEY,
  topic       text NOT NULL,
  key         text NOT NULL,
  version     bigint NOT NULL,
  schema      bigint NOT NULL,
  time        bigint NOT NULL,
  trace       text NOT NULL,
  cause       text NOT NULL,
  subscribers text NOT NULL,
  data        blob NOT NULL
) WITHOUT ROWID;

-- Who has yet to get an event. There is no index but the id: the relay keeps the order in memory, every announcement
-- would pay for one, and what is done leaves the table.
CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  event      text NOT NULL,
  subscriber text NOT NULL,
  key        text NOT NULL,
  replay     text NOT NULL,
  attempts   bigint NOT NULL,
  due        bigint NOT NULL,
  parked     bigint NOT NULL,
  reason     text NOT NULL
);

-- What the module has handled, of any module's events. The event comes first, so that old receipts are a range.
CREATE TABLE inbox (
  event      text NOT NULL,
  subscriber text NOT NULL,
  replay     text NOT NULL,
  handled_at bigint NOT NULL,
  PRIMARY KEY (event, subscriber, replay)
) WITHOUT ROWID;

-- The highest id that was forgotten: ids ascend beyond it also when no event is left to tell.
CREATE TABLE forgotten (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  last text NOT NULL
);

-- +goose Down
DROP TABLE forgotten;
DROP TABLE inbox;
DROP TABLE deliveries;
DROP TABLE events;
