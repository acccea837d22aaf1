sed -i -e 's/app: #.*/app: db/' -e 's/ingress: .*/ingress: [{ ports: [{ port: 6379 }] }]/' policy.yaml
kubectl apply -f policy.yaml
