// Command server is the whole platform in one process.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app/alladapters"
	"github.com/myevents/myevents/shared/host/serverhost"
)

func main() { os.Exit(serverhost.Main(alladapters.All(), os.Getenv, os.Environ(), os.Stderr)) }
