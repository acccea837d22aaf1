set -eu
sed -i 's/nginx:1.27/nginx:1.28/' web.json
aws ecs register-task-definition --cli-input-json file://web.json
aws ecs update-service --cluster demo --service web --task-definition web
aws ecs wait services-stable --cluster demo --services web
aws ecs update-service --cluster demo --service web --deployment-configuration "minimumHealthyPercent=100,maximumPercent=200"
