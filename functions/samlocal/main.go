// Command samlocal is a local AWS: the functions' own binaries behind a gateway, on emulators of DynamoDB and SQS.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app/localaws"
	"github.com/myevents/myevents/shared/host/samhost"
)

func main() {
	os.Exit(samhost.Main(os.Args[1:], localaws.Adapters(), os.Getenv, os.Environ(), os.Stderr))
}
