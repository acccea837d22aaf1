set -eu
kubectl create deployment hello --image=busybox:1.37 -- echo ahoy
