set -eu
cat >> shop-db.yaml <<'YAML'
          env:
            - name: POSTGRES_PASSWORD
              valueFrom:
                secretKeyRef: { name: shop-database, key: password }
YAML
kubectl apply -f shop-db.yaml
