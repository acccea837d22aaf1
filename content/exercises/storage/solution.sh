set -eu
sed -i 's/storage: .*/storage: 1Gi/' claim.yaml
kubectl apply -f claim.yaml
sed -i -e 's/# volumeMounts go here/volumeMounts: [{ name: data, mountPath: \/data }]/' -e 's/# volumes go here/volumes: [{ name: data, persistentVolumeClaim: { claimName: db-data } }]/' db.yaml
kubectl apply -f db.yaml
kubectl rollout status deployment/db --timeout=60s
kubectl exec deploy/db -- redis-cli set cargo timber
kubectl exec deploy/db -- redis-cli save
kubectl delete pod -l app=db
kubectl rollout status deployment/db --timeout=60s
kubectl exec deploy/db -- redis-cli get cargo > cargo.txt
