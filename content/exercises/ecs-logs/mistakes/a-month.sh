set -eu
aws logs put-retention-policy --log-group-name /ecs/shop --retention-in-days 30
