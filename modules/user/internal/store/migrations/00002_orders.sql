-- +goose Up
-- What an account's orders come to stands in its own row, so that whoever reads the account reads no more than that.
-- sums.go has the form; '' is of no orders.
ALTER TABLE accounts ADD COLUMN order_sums text NOT NULL DEFAULT '';

-- One row for each order of an account, as of the highest version seen. An account's own come together, so that one
-- index serves both to find one and to remove all.
CREATE TABLE user_orders (
  user_id  text NOT NULL,
  order_id text NOT NULL,
  version  bigint NOT NULL,
  status   text NOT NULL,
  currency text NOT NULL,
  total    bigint NOT NULL,
  PRIMARY KEY (user_id, order_id)
);

-- +goose Down
DROP TABLE user_orders;
ALTER TABLE accounts DROP COLUMN order_sums;
