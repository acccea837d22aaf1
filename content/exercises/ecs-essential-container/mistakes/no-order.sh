set -eu
jq '.containerDefinitions |= map(if .name == "helper" then .essential = false else . end)' web.json > next.json
aws ecs register-task-definition --cli-input-json file://next.json
aws ecs update-service --cluster demo --service web --task-definition web
