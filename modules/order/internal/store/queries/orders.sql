-- name: Order :one
SELECT * FROM orders WHERE id = $1;

-- name: InsertOrder :exec
INSERT INTO orders (id, user_id, status, currency, items, total, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SaveOrder :exec
UPDATE orders SET status = $2, version = $3, updated_at = $4 WHERE id = $1;

-- One query for each combination of filters: a condition that may be off keeps both databases from using an index.

-- name: OrdersBefore :many
SELECT * FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- name: OrdersOfUserBefore :many
SELECT * FROM orders WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: OrdersInStatusBefore :many
SELECT * FROM orders WHERE status = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: OrdersOfUserInStatusBefore :many
SELECT * FROM orders WHERE user_id = $1 AND status = $2 AND id < $3 ORDER BY id DESC LIMIT $4;
