set -eu
aws ecs create-cluster --cluster-name demo > /dev/null
aws ecs register-task-definition --family web --network-mode awsvpc --requires-compatibilities FARGATE --cpu 256 --memory 512 \
  --container-definitions '[{"name":"web","image":"nginx:1.28","essential":true,"portMappings":[{"containerPort":80}]}]' > /dev/null
