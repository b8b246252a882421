// Command outbox-relay is a Lambda function: what publishes the messages in the tables' streams.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app/awsadapters"
	"github.com/myevents/myevents/shared/host/lambdahost"
)

func main() {
	lambdahost.Main(awsadapters.All(os.Getenv), os.Getenv, os.Environ(), lambdahost.Outbox)
}
