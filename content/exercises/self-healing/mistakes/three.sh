set -eu
kubectl create deployment web --image=ghcr.io/stefanprodan/podinfo:6.9.2 --replicas=3
