-- name: Account :one
SELECT * FROM accounts WHERE id = $1;

-- name: AccountByEmail :one
SELECT * FROM accounts WHERE email_key = $1;

-- name: AccountsAfter :many
SELECT * FROM accounts WHERE id > $1 ORDER BY id LIMIT $2;

-- name: InsertAccount :exec
INSERT INTO accounts (id, name, email, email_key, password_hash, admin, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SaveAccount :exec
UPDATE accounts
SET name = $2, email = $3, email_key = $4, password_hash = $5, admin = $6, version = $7, updated_at = $8
WHERE id = $1;

-- name: RemoveAccount :exec
DELETE FROM accounts WHERE id = $1;
