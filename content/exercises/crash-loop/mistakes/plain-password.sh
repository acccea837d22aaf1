set -eu
kubectl set env deployment/shop-db POSTGRES_PASSWORD=s3cret
