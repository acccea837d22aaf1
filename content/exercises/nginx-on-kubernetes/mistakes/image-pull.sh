set -eu
kubectl create deployment nginx-deployment --image=nginx:latest --image=ngnix-exporter:latest --replicas=3
