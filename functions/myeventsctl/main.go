// Command myeventsctl is the operator's tool.
package main

import (
	"os"

	"github.com/myevents/myevents/shared/app/alladapters"
	"github.com/myevents/myevents/shared/host/clihost"
)

func main() { os.Exit(clihost.Main(os.Args[1:], alladapters.All(), os.Getenv, os.Stdout, os.Stderr)) }
