set -eu
sed -i 's/"memory": "3000"/"memory": "2048"/' report.json
aws ecs register-task-definition --cli-input-json file://report.json
