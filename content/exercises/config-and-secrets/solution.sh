set -eu
kubectl create configmap app-settings --from-literal=message='Ahoy from the harbour' --from-literal=color=navy
kubectl create secret generic app-token --from-literal=token=s3same
sed -i '/env:/,$d' app.yaml
cat >> app.yaml <<'YAML'
          env:
            - name: PODINFO_UI_MESSAGE
              valueFrom: { configMapKeyRef: { name: app-settings, key: message } }
            - name: PODINFO_UI_COLOR
              valueFrom: { configMapKeyRef: { name: app-settings, key: color } }
            - name: TOKEN
              valueFrom: { secretKeyRef: { name: app-token, key: token } }
YAML
kubectl apply -f app.yaml
kubectl rollout status deployment/app --timeout=60s
