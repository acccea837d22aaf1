set -eu
cat > web.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  volumes: [{ name: page, emptyDir: {} }]
  containers:
    - { name: nginx, image: 'nginx:1.28', volumeMounts: [{ name: page, mountPath: /usr/share/nginx/html }] }
    - { name: clock, image: 'busybox:1.37', command: [sleep, infinity], volumeMounts: [{ name: page, mountPath: /page }] }
YAML
kubectl apply -f web.yaml
