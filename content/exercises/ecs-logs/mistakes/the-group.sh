set -eu
echo 71834 > answer.txt
echo /ecs/shop > stream.txt
