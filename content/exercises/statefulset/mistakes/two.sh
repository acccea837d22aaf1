set -eu
sed -i -e 's/clusterIP: .*/clusterIP: None/' -e 's/replicas: 1/replicas: 2/' db.yaml
kubectl apply -f db.yaml
