set -eu
echo 71833 > answer.txt
