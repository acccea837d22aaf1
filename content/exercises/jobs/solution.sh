set -eu
kubectl create job hello --image=busybox:1.37 -- echo ahoy
sed -i -e 's/completions: 1/completions: 6/' -e 's/parallelism: 1/parallelism: 3/' batch.yaml
kubectl apply -f batch.yaml
kubectl create cronjob tick --image=busybox:1.37 --schedule='* * * * *' -- date
kubectl patch cronjob tick -p '{"spec":{"concurrencyPolicy":"Forbid"}}'
kubectl create job tick-now --from=cronjob/tick
kubectl wait --for=condition=Complete job/hello job/batch job/tick-now --timeout=60s
