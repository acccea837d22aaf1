set -eu
cat >> moody.yaml <<'YAML'
          startupProbe:
            httpGet: { path: /healthz, port: 8080 }
            periodSeconds: 1
            failureThreshold: 3
          livenessProbe:
            httpGet: { path: /healthz, port: 8080 }
YAML
kubectl apply -f moody.yaml
