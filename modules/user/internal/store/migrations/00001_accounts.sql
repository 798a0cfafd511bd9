-- +goose Up
CREATE TABLE accounts (
  id            text PRIMARY KEY,
  name          text NOT NULL,
  email         text NOT NULL,
  email_key     text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  admin         boolean NOT NULL,
  version       bigint NOT NULL,
  created_at    bigint NOT NULL,
  updated_at    bigint NOT NULL
);

CREATE TABLE signing_keys (
  id          text PRIMARY KEY,
  state       text NOT NULL,
  private_key bytea NOT NULL,
  created_at  bigint NOT NULL,
  retired_at  bigint NOT NULL
);

-- +goose Down
DROP TABLE signing_keys;
DROP TABLE accounts;
