set -eu
sed -i 's/1.82/1.28/' web.json
aws ecs register-task-definition --cli-input-json file://web.json
aws ecs update-service --cluster demo --service web --task-definition web
