set -eu
kubectl create deployment web --image=nginx:1.28 --replicas=2
