set -eu
cat >> moody.yaml <<'YAML'
          livenessProbe:
            httpGet: { path: /healthz, port: 8080 }
            failureThreshold: 1
YAML
kubectl apply -f moody.yaml
