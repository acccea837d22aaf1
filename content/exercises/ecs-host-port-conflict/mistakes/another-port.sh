set -eu
sed -i 's/"hostPort": 80/"hostPort": 8080/' web.json
aws ecs register-task-definition --cli-input-json file://web.json
aws ecs update-service --cluster demo --service web --task-definition web
