set -eu
kubectl create service clusterip app --tcp=80:9898
