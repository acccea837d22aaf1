set -eu
sed -i 's/"requiresCompatibilities": \["FARGATE"\]/"requiresCompatibilities": ["EC2"]/' report.json
aws ecs register-task-definition --cli-input-json file://report.json
