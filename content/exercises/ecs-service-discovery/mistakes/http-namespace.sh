set -eu
aws servicediscovery create-http-namespace --name shop.local
