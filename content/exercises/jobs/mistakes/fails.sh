set -eu
kubectl create job hello --image=busybox:1.37 -- sh -c 'exit 3'
