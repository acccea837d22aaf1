set -eu
sed -i -e 's#path: /health$#path: /healthz#' -e 's/port: 8081/port: 8080/' report.yaml
cat >> report.yaml <<'YAML'
          startupProbe:
            httpGet: { path: /healthz, port: 8080 }
            periodSeconds: 1
            failureThreshold: 15
YAML
kubectl apply -f report.yaml
kubectl rollout status deployment/report --timeout=60s
