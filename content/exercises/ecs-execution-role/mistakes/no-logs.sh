set -eu
jq 'del(.containerDefinitions[0].logConfiguration)' shop.json > plain.json
aws ecs register-task-definition --cli-input-json file://plain.json
