-- +goose Up
-- The keys of programs. What is kept of a key's text is its SHA-256: the secret in it has 200 bits at random, so that
-- nothing slower is needed. expires_at is 0 for never, scopes are a JSON list of text. A revoked key has no row. Whoever
-- reads a key reads its owner with it, since the release before this one removes accounts and knows no keys.
CREATE TABLE api_keys (
  id         text PRIMARY KEY,
  owner      text NOT NULL,
  name       text NOT NULL,
  digest     bytea NOT NULL,
  scopes     text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  UNIQUE (owner, name)
);

-- +goose Down
DROP TABLE api_keys;
