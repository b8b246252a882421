package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The schemes of stores and queues.
const (
	SchemeEmbedded = "embedded"
	SchemeDynamoDB = "dynamodb"
	SchemeMongoDB  = "mongodb"
	SchemeMem      = "mem"
	SchemeSQS      = "sqs"
	SchemeAMQP     = "amqp"
	SchemeKafka    = "kafka"
)

// Resource names a store or a queue by URL. It prints without the password, if it has one.
type Resource struct {
	Scheme string // what comes before the colon
	Dir    string // of embedded: the folder
	raw    string
}

// URL returns the whole URL with whatever secrets it has, for the adapter alone.
func (r Resource) URL() string { return r.raw }

// Format prints the URL without its secrets, whatever the verb.
func (r Resource) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.redacted())) }

// MarshalText writes the URL without its secrets.
func (r Resource) MarshalText() ([]byte, error) { return []byte(r.redacted()), nil }

// redacted is done by hand, since url.Parse refuses the host lists of brokers and replica sets (a:1,b:2).
func (r Resource) redacted() string {
	scheme, rest, ok := strings.Cut(r.raw, "://")
	if !ok {
		return r.raw // embedded and mem have no secrets
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = "xxxxx" + rest[at:]
	}
	if !hasQuery {
		return scheme + "://" + rest
	}
	params := strings.Split(query, "&")
	for i, p := range params {
		key, _, _ := strings.Cut(p, "=")
		if k := strings.ToLower(key); strings.Contains(k, "pass") || strings.Contains(k, "secret") ||
			strings.Contains(k, "token") || strings.Contains(k, "key") {
			params[i] = key + "=xxxxx"
		}
	}
	return scheme + "://" + rest + "?" + strings.Join(params, "&")
}

// resource reads a URL with one of the schemes. The error never repeats the value: it may hold a password.
func resource(value string, schemes ...string) (Resource, error) {
	scheme, rest, ok := strings.Cut(value, ":")
	switch {
	case scheme == "mongodb+srv":
		scheme = SchemeMongoDB
	case scheme == "amqps":
		scheme = SchemeAMQP
	}
	if !ok || !slices.Contains(schemes, scheme) {
		return Resource{}, fmt.Errorf("must begin with %s", strings.Join(schemes, ":, ")+":")
	}
	r := Resource{Scheme: scheme, raw: value}
	switch scheme {
	case SchemeEmbedded:
		if r.Dir = rest; rest == "" {
			return Resource{}, errors.New("embedded: needs a folder, such as embedded:./data")
		}
	case SchemeMem:
		if rest != "" {
			return Resource{}, errors.New("mem: takes nothing after the colon")
		}
	default:
		if host, ok := strings.CutPrefix(rest, "//"); !ok || strings.Trim(host, "/?@") == "" {
			return Resource{}, fmt.Errorf("must be a URL such as %s://name", scheme)
		}
	}
	return r, nil
}
