set -eu
sed -i -e '/clusterIP: .*/d' db.yaml
kubectl apply -f db.yaml
