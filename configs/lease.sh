#!/bin/sh
# Keeps an instance registered: GATEWAY=http://127.0.0.1:8080 API_KEY=holon_… lease.sh SERVICE ID HOST:PORT
# The key has the scope registry:SERVICE. It goes to curl by a pipe, so that no list of processes shows it.
: "${3:?usage: GATEWAY=http://HOST:8080 API_KEY=holon_... $0 SERVICE ID HOST:PORT}" "${GATEWAY:?}" "${API_KEY:?}"
url="$GATEWAY/registry/services/$1/instances/$2" body="{\"address\":\"$3\",\"ttl_seconds\":${TTL:-30}}"
ask() { printf 'header = "Authorization: Bearer %s"\n' "$API_KEY" | curl -K - -sSf -m 5 "$@" "$url"; }
trap 'kill $!; ask -X DELETE' EXIT
trap 'exit 0' INT TERM
while :; do
  told=$(ask -X PUT -H 'Content-Type: application/json' -d "$body")
  beat=$(echo "$told" | sed -n 's/.*"heartbeat_seconds": *\([0-9]*\).*/\1/p')
  sleep "${beat:-2}" & wait $! # in the background, or a signal would have to wait for it
done
