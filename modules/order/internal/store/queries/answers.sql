-- name: Answer :one
SELECT fingerprint, answer, created_at FROM answers WHERE subject = $1 AND operation = $2 AND key = $3;

-- name: PutAnswer :execrows
INSERT INTO answers (subject, operation, key, fingerprint, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (subject, operation, key) DO UPDATE
SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at
WHERE answers.created_at < $7;

-- name: RemoveAnswersBefore :execrows
DELETE FROM answers WHERE (subject, operation, key) IN (
  SELECT a.subject, a.operation, a.key FROM answers a WHERE a.created_at < $1 LIMIT $2
);
