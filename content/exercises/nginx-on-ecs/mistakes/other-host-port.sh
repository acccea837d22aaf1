set -eu
IFS=, read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY < <(tail -n 1 learner_accessKeys.csv)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
sed -i -e 's/"image": ""/"image": "nginx:latest"/' -e 's/"portMappings": \[\]/"portMappings": [{ "containerPort": 80, "hostPort": 8080 }]/' nginx-task.json
ecs-cli compose --file nginx-task.json --cluster demo --region us-east-1 create
