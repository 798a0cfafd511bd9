-- +goose Up
-- What the module has heard of users. A row of a deleted one stays: whatever is heard later changes nothing about it.
CREATE TABLE customers (
  user_id text PRIMARY KEY,
  version bigint NOT NULL,
  deleted boolean NOT NULL
);

-- +goose Down
DROP TABLE customers;
