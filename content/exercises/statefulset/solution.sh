set -eu
sed -i -e 's/clusterIP: .*/clusterIP: None/' -e 's/replicas: 1/replicas: 3/' db.yaml
kubectl apply -f db.yaml
kubectl rollout status statefulset/db --timeout=60s
kubectl exec db-0 -- redis-cli -h db-1.db set who 'I am db-1'
kubectl exec db-1 -- redis-cli get who > only-one.txt
kubectl exec db-2 -- redis-cli get who >> only-one.txt
