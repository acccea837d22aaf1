set -eu
kubectl create namespace team-blue
kubectl -n team-blue create quota team --hard=requests.cpu=1,requests.memory=1Gi,pods=4
sed -i -e 's/cpu:.*/cpu: 100m/' -e 's/memory:.*/memory: 64Mi/' limits.yaml
kubectl -n team-blue apply -f limits.yaml
kubectl -n team-blue create deployment api --image=ghcr.io/stefanprodan/podinfo:6.9.2 --replicas=6
