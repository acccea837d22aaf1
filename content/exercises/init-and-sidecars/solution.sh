set -eu
cat > web.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  volumes: [{ name: page, emptyDir: {} }]
  initContainers:
    - name: clock
      image: busybox:1.37
      restartPolicy: Always
      command: [sh, -c, 'while true; do date; sleep 5; done']
    - name: page
      image: busybox:1.37
      command: [sh, -c, 'echo prepared > /page/index.html']
      volumeMounts: [{ name: page, mountPath: /page }]
  containers:
    - name: nginx
      image: nginx:1.28
      volumeMounts: [{ name: page, mountPath: /usr/share/nginx/html }]
YAML
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s
