set -u
until kubectl logs deployment/shop-db --previous > reason.txt 2>/dev/null; do sleep 0.5; done
kubectl create secret generic shop-db --from-literal=password=s3cret
cat >> shop-db.yaml <<'YAML'
          env:
            - name: POSTGRES_PASSWORD
              valueFrom:
                secretKeyRef: { name: shop-db, key: password }
YAML
kubectl apply -f shop-db.yaml
kubectl rollout status deployment/shop-db --timeout=60s
