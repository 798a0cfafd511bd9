-- name: UserOrder :one
SELECT a.order_sums, COALESCE(o.version, 0) AS version, COALESCE(o.status, '') AS status,
  COALESCE(o.currency, '') AS currency, COALESCE(o.total, 0) AS total
FROM accounts a LEFT JOIN user_orders o ON o.user_id = a.id AND o.order_id = $2
WHERE a.id = $1;

-- name: PutUserOrder :exec
INSERT INTO user_orders (user_id, order_id, version, status, currency, total)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_id, order_id) DO UPDATE
SET version = excluded.version, status = excluded.status, currency = excluded.currency, total = excluded.total;

-- name: SaveOrderSums :exec
UPDATE accounts SET order_sums = $2 WHERE id = $1;

-- name: RemoveUserOrders :exec
DELETE FROM user_orders WHERE user_id = $1;
