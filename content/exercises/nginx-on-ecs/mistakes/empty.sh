set -eu
IFS=, read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY < <(tail -n 1 learner_accessKeys.csv)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
ecs-cli up --empty --cluster demo --region us-east-1
