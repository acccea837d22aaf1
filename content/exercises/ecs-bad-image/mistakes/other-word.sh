set -eu
echo ImagePullBackOff > reason.txt
