set -eu
kubectl set image deployment/back '*=ghcr.io/stefanprodan/podinfo:latest'
