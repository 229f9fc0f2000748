#!/bin/sh
# Prints the Secrets `portreto-keys`, with new keys that sign, and `portreto`: sh secret.sh | kubectl apply -f -
#
# Once: other keys end every signed URL and every session. Keep a copy (docs/cluster.md, backup). Set before:
#
#   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY    an account that may list, get, put and delete in the buckets; leave them out where pods
#                                               have an identity (annotate the ServiceAccount portreto)
#   NATS_PASSWORD                               of the user portreto, if sinks.toml has NATS
set -eu

secret() { openssl rand -base64 32 | tr '+/' '-_' | tr -d '=\n'; }
text() { printf %s "$1" | openssl base64 -A; }

keys=$(printf '{"url":[{"id":"1","secret":"%s"}],"token":[{"id":"1","secret":"%s"}]}' "$(secret)" "$(secret)")
cat <<YAML
apiVersion: v1
kind: Secret
metadata:
  name: portreto-keys
  namespace: portreto
type: Opaque
data:
  keys.json: $(text "$keys")
---
apiVersion: v1
kind: Secret
metadata:
  name: portreto
  namespace: portreto
type: Opaque
data:
YAML
for name in AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY NATS_PASSWORD; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || printf '  %s: %s\n' "$name" "$(text "$value")"
done
