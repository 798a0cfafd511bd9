-- name: APIKey :one
SELECT sqlc.embed(k), a.email FROM api_keys k JOIN accounts a ON a.id = k.owner WHERE k.id = $1;

-- name: APIKeysAfter :many
SELECT sqlc.embed(k), a.email FROM api_keys k JOIN accounts a ON a.id = k.owner
WHERE (k.owner, k.name) > (sqlc.arg(owner), sqlc.arg(name)) AND (k.expires_at = 0 OR k.expires_at > sqlc.arg(now))
ORDER BY k.owner, k.name LIMIT sqlc.arg(most);

-- name: CountAPIKeys :one
SELECT count(*) FROM api_keys WHERE owner = $1;

-- name: InsertAPIKey :exec
INSERT INTO api_keys (id, owner, name, digest, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: RemoveAPIKey :exec
DELETE FROM api_keys WHERE id = $1;

-- name: RemoveExpiredAPIKeys :exec
DELETE FROM api_keys WHERE owner = $1 AND expires_at > 0 AND expires_at <= sqlc.arg(now);

-- name: RemoveAPIKeysOf :exec
DELETE FROM api_keys WHERE owner = $1;
