// Command events-worker is a Lambda function: the Event Service's messages.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/awsadapters"
	"github.com/myevents/myevents/shared/host/lambdahost"
)

func main() {
	lambdahost.Main(awsadapters.All(os.Getenv), os.Getenv, os.Environ(), func(a *app.App) lambdahost.Invoker { return lambdahost.Messages(a, "catalog") })
}
