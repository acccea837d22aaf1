set -eu
sed -i 's/"hostPort": 80/"hostPort": 0/' web.json
aws ecs register-task-definition --cli-input-json file://web.json
aws ecs update-service --cluster demo --service web --task-definition web
echo 80 80 > ports.txt
