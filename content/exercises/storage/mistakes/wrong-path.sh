set -eu
sed -i 's/storage: .*/storage: 1Gi/' claim.yaml
sed -i -e 's/# volumeMounts go here/volumeMounts: [{ name: data, mountPath: \/var\/lib\/redis }]/' -e 's/# volumes go here/volumes: [{ name: data, persistentVolumeClaim: { claimName: db-data } }]/' db.yaml
kubectl apply -f claim.yaml -f db.yaml
