set -eu
sed -i 's/port: 8081/port: 8080/' report.yaml
kubectl apply -f report.yaml
