// Package lambdahost runs an App's parts as Lambda functions: it turns invocations into requests, messages and changes for
// the same handlers that the server runs, and their outcome into what the trigger expects. It decides nothing of the domain.
package lambdahost

import "context"

// Invoker answers invocations. It is safe for concurrent use. An error fails the invocation: the trigger tries it again,
// or the caller is told.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}
