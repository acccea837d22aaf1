set -eu
kubectl label "$(kubectl get pods -l app=shop -o name | head -1)" colour=blue
kubectl patch service shop -p '{"spec":{"selector":{"app":"shop","colour":"blue"}}}'
