set -eu
sed -i -e 's/"memory": "3000"/"memory": "4096"/' -e 's/"cpu": "1024"/"cpu": "2048"/' report.json
aws ecs register-task-definition --cli-input-json file://report.json
