set -eu
kubectl create configmap app-settings --from-literal=message='Ahoy from the harbour' --from-literal=color=navy --from-literal=token=s3same
