set -eu
aws ecs update-service --cluster demo --service web --task-definition web:1 --desired-count 0
