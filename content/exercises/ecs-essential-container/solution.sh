# The whole exercise as a learner would do it.
set -eu
jq '.containerDefinitions |= map(if .name == "helper" then .essential = false else .dependsOn = [{containerName: "helper", condition: "SUCCESS"}] end)' web.json > next.json
aws ecs register-task-definition --cli-input-json file://next.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service web --task-definition web --query service.status
