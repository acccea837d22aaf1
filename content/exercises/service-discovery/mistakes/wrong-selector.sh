set -eu
kubectl create service clusterip api --tcp=80:9898
kubectl patch service api -p '{"spec":{"selector":{"app":"backend"}}}'
