set -eu
kubectl rollout undo deployment/web --to-revision=1
