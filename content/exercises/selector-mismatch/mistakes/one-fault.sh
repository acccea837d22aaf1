set -eu
kubectl patch service shop -p '{"spec":{"selector":{"app":"shop"}}}'
kubectl patch deployment shop --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/readinessProbe/httpGet/path","value":"/readyz"}]'
