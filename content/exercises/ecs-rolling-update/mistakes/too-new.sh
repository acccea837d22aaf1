set -eu
sed -i 's/nginx:1.27/nginx:1.29/' web.json
aws ecs register-task-definition --cli-input-json file://web.json
aws ecs update-service --cluster demo --service web --task-definition web --deployment-configuration "minimumHealthyPercent=100,maximumPercent=200"
