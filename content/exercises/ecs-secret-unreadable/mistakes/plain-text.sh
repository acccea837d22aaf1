set -eu
jq '.containerDefinitions[0] |= (del(.secrets) + {environment: [{name: "DB_PASSWORD", value: "correct horse"}]})' api.json > plain.json
aws ecs register-task-definition --cli-input-json file://plain.json
aws ecs update-service --cluster demo --service api --task-definition api
