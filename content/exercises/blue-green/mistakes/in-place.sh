set -eu
kubectl set image deployment/web-blue web=ghcr.io/stefanprodan/podinfo:6.9.2
