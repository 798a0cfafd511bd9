-- name: Order :one
SELECT * FROM orders WHERE id = $1;

-- InsertOrder looks the customer up as well: a statement of its own would cost far more than the look-up.

-- name: InsertOrder :execrows
INSERT INTO orders (id, user_id, status, currency, items, total, version, created_at, updated_at)
SELECT CAST(@id AS text), c.user_id, CAST(@status AS text), CAST(@currency AS text), CAST(@items AS text),
  CAST(@total AS bigint), CAST(@version AS bigint), CAST(@created_at AS bigint), CAST(@updated_at AS bigint)
FROM customers c WHERE c.user_id = @user_id AND NOT c.deleted;

-- name: SaveOrder :exec
UPDATE orders SET status = $2, version = $3, updated_at = $4 WHERE id = $1;

-- One query for each combination of filters: a condition that may be off keeps both databases from using an index.

-- name: OrdersBefore :many
SELECT * FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- name: OrdersOfUserBefore :many
SELECT * FROM orders WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: OrdersInStatusBefore :many
SELECT * FROM orders WHERE status = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- The status of a user's orders is compared as an expression, which no index holds: SQLite would rather read everybody's
-- orders of that status than all orders of the user.

-- name: OrdersOfUserInStatusBefore :many
SELECT * FROM orders WHERE user_id = $1 AND status || '' = @status AND id < $2 ORDER BY id DESC LIMIT $3;
