set -eu
kubectl create deployment nginx-deployment --image=nginx:latest --port=80 --replicas=2
