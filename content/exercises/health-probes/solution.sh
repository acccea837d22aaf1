set -eu
cat >> moody.yaml <<'YAML'
          startupProbe:
            httpGet: { path: /healthz, port: 8080 }
            periodSeconds: 1
            failureThreshold: 20
          readinessProbe:
            httpGet: { path: /ready, port: 8080 }
            periodSeconds: 1
          livenessProbe:
            httpGet: { path: /healthz, port: 8080 }
            periodSeconds: 2
YAML
kubectl apply -f moody.yaml
kubectl rollout status deployment/moody --timeout=60s
