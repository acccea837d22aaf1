sed -i -e 's/app: #.*/app: db/' policy.yaml
kubectl apply -f policy.yaml
