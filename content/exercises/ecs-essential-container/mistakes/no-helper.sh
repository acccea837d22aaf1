set -eu
jq '.containerDefinitions |= map(select(.name != "helper"))' web.json > next.json
aws ecs register-task-definition --cli-input-json file://next.json
aws ecs update-service --cluster demo --service web --task-definition web
