// Command bookings-api is a Lambda function: the Booking Service's HTTP API.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/awsstore"
	"github.com/myevents/myevents/shared/host/lambdahost"
)

func main() {
	lambdahost.Main(awsstore.Adapters(os.Getenv), os.Getenv, os.Environ(), func(a *app.App) lambdahost.Invoker { return lambdahost.HTTP(a.BookingsAPI()) })
}
