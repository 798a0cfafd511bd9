-- name: Customer :one
SELECT * FROM customers WHERE user_id = $1;

-- MergeCustomer comes to the same whatever the order in which news are merged, and however often.

-- name: MergeCustomer :exec
INSERT INTO customers (user_id, version, deleted) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE
SET version = CASE WHEN excluded.version > customers.version THEN excluded.version ELSE customers.version END,
    deleted = customers.deleted OR excluded.deleted;
