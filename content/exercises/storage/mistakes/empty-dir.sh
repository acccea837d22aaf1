set -eu
sed -i 's/storage: .*/storage: 1Gi/' claim.yaml
sed -i -e 's/# volumeMounts go here/volumeMounts: [{ name: data, mountPath: \/data }]/' -e 's/# volumes go here/volumes: [{ name: data, emptyDir: {} }]/' db.yaml
kubectl apply -f claim.yaml -f db.yaml
