set -eu
cat >> moody.yaml <<'YAML'
          readinessProbe:
            httpGet: { path: /ready, port: 80 }
YAML
kubectl apply -f moody.yaml
