set -u
sed -i -e 's/app: #.*/app: db/' -e 's/ingress: .*/ingress: [{ from: [{ podSelector: { matchLabels: { app: api } } }], ports: [{ port: 6379 }] }]/' policy.yaml
kubectl apply -f policy.yaml
kubectl wait --for=condition=Ready pod/db pod/api pod/web --timeout=60s
kubectl exec api -- nc -zv -w 2 db 6379 > api.txt 2>&1
kubectl exec web -- nc -zv -w 2 db 6379 > web.txt 2>&1
cat api.txt web.txt
