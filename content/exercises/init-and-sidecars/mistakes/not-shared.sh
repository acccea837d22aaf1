set -eu
cat > web.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  volumes: [{ name: page, emptyDir: {} }]
  initContainers:
    - { name: page, image: 'busybox:1.37', command: [sh, -c, 'echo prepared > /page/index.html'], volumeMounts: [{ name: page, mountPath: /page }] }
  containers:
    - { name: nginx, image: 'nginx:1.28' }
YAML
kubectl apply -f web.yaml
