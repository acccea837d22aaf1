set -eu
kubectl run web-1 --image=ghcr.io/stefanprodan/podinfo:6.9.2 --labels=app=web
kubectl run web-2 --image=ghcr.io/stefanprodan/podinfo:6.9.2 --labels=app=web
