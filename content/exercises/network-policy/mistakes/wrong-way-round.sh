sed -i -e 's/app: #.*/app: api/' policy.yaml
kubectl apply -f policy.yaml
