set -eu
kubectl create cronjob tick --image=busybox:1.37 --schedule='1 * * * *' -- date
