# The whole exercise as a learner would do it, from the starter files.
set -eu
cat > nginx-deployment.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx-deployment
spec:
  replicas: 3
  selector:
    matchLabels:
      app: nginx
  template:
    metadata:
      labels:
        app: nginx
    spec:
      containers:
        - name: nginx
          image: nginx:latest
          ports:
            - containerPort: 80
YAML
kubectl apply -f nginx-deployment.yaml
kubectl rollout status deployment/nginx-deployment --timeout=60s

cat > nginx-service.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata:
  name: nginx-service
spec:
  selector:
    app: nginx
  ports:
    - protocol: TCP
      port: 80
      targetPort: 80
  type: LoadBalancer
YAML
kubectl apply -f nginx-service.yaml
minikube tunnel > tunnel.log 2>&1 &
kubectl wait service/nginx-service --for=jsonpath='{.status.loadBalancer.ingress[0].ip}' --timeout=60s
curl --silent --show-error --fail "http://$(kubectl get svc nginx-service -o jsonpath='{.spec.clusterIP}')/" | grep 'Welcome to nginx!'
