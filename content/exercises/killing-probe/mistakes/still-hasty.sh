set -eu
sed -i -e 's#path: /health$#path: /healthz#' -e 's/port: 8081/port: 8080/' report.yaml
kubectl apply -f report.yaml
