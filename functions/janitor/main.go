// Command janitor is a Lambda function: what is done again and again, on a schedule.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app/awsadapters"
	"github.com/myevents/myevents/shared/host/lambdahost"
)

func main() {
	lambdahost.Main(awsadapters.All(os.Getenv), os.Getenv, os.Environ(), lambdahost.Schedule)
}
