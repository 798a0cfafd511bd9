-- +goose Up
CREATE TABLE orders (
  id         text PRIMARY KEY,
  user_id    text NOT NULL,
  status     text NOT NULL,
  currency   text NOT NULL,
  items      text NOT NULL,
  total      bigint NOT NULL,
  version    bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_by_status ON orders (status, id);

-- What was answered to a request with an Idempotency-Key.
CREATE TABLE answers (
  subject     text NOT NULL,
  operation   text NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL,
  answer      text NOT NULL,
  created_at  bigint NOT NULL,
  PRIMARY KEY (subject, operation, key)
);
CREATE INDEX answers_by_age ON answers (created_at);

-- +goose Down
DROP TABLE answers;
DROP TABLE orders;
