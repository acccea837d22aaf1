set -eu
kubectl expose deployment api --port=80
