echo ghcr.io/stefanprodan/podinfo:6.8.0 > cause.txt
