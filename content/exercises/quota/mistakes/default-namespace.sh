set -eu
kubectl create namespace team-blue
kubectl create quota team --hard=requests.cpu=1,requests.memory=1Gi,pods=4
