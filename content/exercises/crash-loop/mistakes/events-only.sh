kubectl get events > reason.txt
