set -eu
cat >> moody.yaml <<'YAML'
          livenessProbe:
            httpGet: { path: /ready, port: 8080 }
            periodSeconds: 1
YAML
kubectl apply -f moody.yaml
