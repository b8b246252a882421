#!/usr/bin/env bash
# Makes what template.yaml makes for the services, by the same names with the prefix myevents: two tables with streams, a topic,
# six queues and the topic's subscriptions. LocalStack runs it when it is ready; whatever is there already stays as it is.
set -euo pipefail
prefix=${MYEVENTS_PREFIX:-myevents}
region=${AWS_DEFAULT_REGION:-eu-west-1}
aws() { awslocal --region "$region" "$@"; }

for service in catalog booking; do
	if ! aws dynamodb describe-table --table-name "$prefix-$service" >/dev/null 2>&1; then
		aws dynamodb create-table --table-name "$prefix-$service" --billing-mode PAY_PER_REQUEST \
			--attribute-definitions AttributeName=pk,AttributeType=S AttributeName=sk,AttributeType=S \
			--key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE \
			--stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE >/dev/null
		aws dynamodb update-time-to-live --table-name "$prefix-$service" \
			--time-to-live-specification Enabled=true,AttributeName=x >/dev/null
	fi
done

queue() { # NAME ATTRIBUTES: prints its ARN
	local url
	url=$(aws sqs create-queue --queue-name "$1" --attributes "$2" --query QueueUrl --output text)
	aws sqs get-queue-attributes --queue-url "$url" --attribute-names QueueArn --query Attributes.QueueArn --output text
}

topic=$(aws sns create-topic --name "$prefix-messages" --query TopicArn --output text)
for group in catalog booking parked; do
	dead=$(queue "$prefix-$group-dlq" VisibilityTimeout=30,MessageRetentionPeriod=1209600)
	attempts=20
	if [[ $group == parked ]]; then attempts=1000; fi
	arn=$(queue "$prefix-$group" '{"VisibilityTimeout":"180","RedrivePolicy":"{\"deadLetterTargetArn\":\"'"$dead"'\",\"maxReceiveCount\":\"'"$attempts"'\"}"}')
	case $group in
	catalog) types='"event.published.v1","event.changed.v1","event.rescheduled.v1","event.cancelled.v1","location.changed.v1","event.availability.v1"' ;;
	booking) types='"event.published.v1","event.changed.v1","event.rescheduled.v1","event.cancelled.v1","location.changed.v1","booking.recorded.v1","event.cancellation-due.v1","booking.confirmed.v1","event.availability-due.v1"' ;;
	*) continue ;;
	esac
	aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$arn" \
		--attributes '{"RawMessageDelivery":"true","FilterPolicy":"{\"type\":['"${types//\"/\\\"}"']}"}' >/dev/null
done
echo "myevents: tables, topic and queues with the prefix $prefix are there"
