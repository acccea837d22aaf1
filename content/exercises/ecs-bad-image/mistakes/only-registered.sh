set -eu
sed -i 's/1.28-almalinux/1.28/' shop.json
aws ecs register-task-definition --cli-input-json file://shop.json
