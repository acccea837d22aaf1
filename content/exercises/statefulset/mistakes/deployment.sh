set -eu
kubectl create service clusterip db --clusterip=None
kubectl create deployment db --image=redis:8 --replicas=3
