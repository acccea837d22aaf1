set -eu
aws ecs register-task-definition --cli-input-json file://web-next.json
aws ecs update-service --cluster demo --service web --task-definition web
aws ecs update-service --cluster demo --service web --task-definition web:1
