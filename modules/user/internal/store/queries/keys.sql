-- name: SigningKeys :many
SELECT * FROM signing_keys ORDER BY created_at, id;

-- name: PutSigningKey :exec
INSERT INTO signing_keys (id, state, private_key, created_at, retired_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, retired_at = excluded.retired_at;

-- name: RemoveSigningKey :exec
DELETE FROM signing_keys WHERE id = $1;
