set -eu
sed -i 's#localhost:8080/#localhost/#' web.json
aws ecs register-task-definition --cli-input-json file://web.json
aws ecs update-service --cluster demo --service web --task-definition web
