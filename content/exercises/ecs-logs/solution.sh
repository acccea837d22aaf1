# The whole exercise as a learner would do it.
set -eu
aws logs filter-log-events --log-group-name /ecs/shop --filter-pattern ERROR --query 'events[0].message' --output text | grep -o '[0-9]\{5\}' > answer.txt
aws logs filter-log-events --log-group-name /ecs/shop --filter-pattern ERROR --query 'events[0].logStreamName' --output text > stream.txt
aws logs put-retention-policy --log-group-name /ecs/shop --retention-in-days 14
