package kafkaqueue

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/myevents/myevents/shared/queue"
)

// settings is what a URL says.
type settings struct {
	brokers     []string
	prefix      string
	partitions  int32
	replication int16
	session     time.Duration
	tls         *tls.Config    // nil: none
	sasl        sasl.Mechanism // nil: none
}

// nameForm is what prefixes and groups may be called. Topics have at most 249 such characters.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// read never repeats what the URL says: it may hold a password. It is read by hand, since net/url knows no lists of hosts.
func (s *settings) read(text string, d *Deps) error {
	s.partitions, s.replication, s.session = 12, -1, 6*time.Second
	rest, ok := strings.CutPrefix(text, "kafka://")
	rest, query, _ := strings.Cut(rest, "?")
	login, rest, hasLogin := cutLast(rest, "@")
	hosts, prefix, hasPrefix := strings.Cut(rest, "/")
	if s.prefix = strings.TrimSuffix(prefix, "/"); !ok || hosts == "" || !hasPrefix || !nameForm.MatchString(s.prefix) {
		return errors.New("must be a URL such as kafka://host:9092,host:9092/PREFIX with a prefix of letters, digits, - and _")
	}
	for _, broker := range strings.Split(hosts, ",") {
		if _, _, err := net.SplitHostPort(broker); err != nil {
			broker = net.JoinHostPort(strings.Trim(broker, "[]"), "9092")
		}
		host, port, err := net.SplitHostPort(broker)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || host == "" || bad != nil || n == 0 {
			return errors.New("must name each broker as host:port")
		}
		s.brokers = append(s.brokers, broker)
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("the parameters cannot be read")
	}
	for name, values := range params {
		if err := s.param(d, name, values[0]); err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
	}
	if err := s.certificates(params); err != nil {
		return err
	}
	if err := s.login(login, hasLogin, params.Get("sasl")); err != nil {
		return err
	}
	for group := range d.Groups {
		if !nameForm.MatchString(group) || group == "messages" || group == "parked" {
			return fmt.Errorf("a group cannot be called %q", group)
		}
	}
	return nil
}

func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return "", text, false
}

// param reads a parameter.
func (s *settings) param(d *Deps, name, v string) error {
	switch name {
	case "partitions":
		n, bad := strconv.ParseInt(v, 10, 32)
		if s.partitions = int32(n); bad != nil || n < 1 || n > 10_000 {
			return errors.New("must be a number from 1 to 10000")
		}
	case "replication":
		n, bad := strconv.ParseInt(v, 10, 16)
		if s.replication = int16(n); bad != nil || n < 1 {
			return errors.New("must be a number from 1")
		}
	case "session":
		return queue.ReadDuration(&s.session, v)
	case "tls":
		on, bad := strconv.ParseBool(v)
		if bad != nil {
			return errors.New("must be true or false")
		}
		if on && s.tls == nil {
			s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	case "sasl", "cacertfile", "certfile", "keyfile":
	default:
		if known, err := d.Policy.Set(name, v); known {
			return err
		}
		return errors.New("is no parameter of kafka URLs")
	}
	return nil
}

// certificates reads the files that the parameters name.
func (s *settings) certificates(params url.Values) error {
	ca, cert, key := params.Get("cacertfile"), params.Get("certfile"), params.Get("keyfile")
	if ca == "" && cert == "" && key == "" {
		return nil
	}
	if on, err := strconv.ParseBool(params.Get("tls")); err == nil && !on {
		return errors.New("tls is false, but there are certificates")
	}
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return fmt.Errorf("cacertfile: %w", err)
		}
		s.tls.RootCAs = x509.NewCertPool()
		if !s.tls.RootCAs.AppendCertsFromPEM(pem) {
			return errors.New("cacertfile holds no certificate")
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("certfile and keyfile: %w", err)
		}
		s.tls.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// login reads user, password and how they are shown.
func (s *settings) login(text string, has bool, mechanism string) error {
	name, secret, _ := strings.Cut(text, ":")
	user, err1 := url.PathUnescape(name)
	pass, err2 := url.PathUnescape(secret)
	if err1 != nil || err2 != nil {
		return errors.New("user or password is not escaped as URLs need it")
	}
	if !has || user == "" {
		if mechanism != "" || has {
			return errors.New("sasl needs user and password")
		}
		return nil
	}
	switch strings.ToLower(mechanism) {
	case "", "plain":
		s.sasl = plain.Auth{User: user, Pass: pass}.AsMechanism()
	case "scram-sha-256":
		s.sasl = scram.Auth{User: user, Pass: pass}.AsSha256Mechanism()
	case "scram-sha-512":
		s.sasl = scram.Auth{User: user, Pass: pass}.AsSha512Mechanism()
	default:
		return errors.New("sasl must be plain, scram-sha-256 or scram-sha-512")
	}
	return nil
}

// address names the servers for people.
func (s *settings) address() string { return strings.Join(s.brokers, ",") }

// options are those of every client, and more.
func (s *settings) options(more ...kgo.Opt) []kgo.Opt {
	all := []kgo.Opt{
		kgo.SeedBrokers(s.brokers...), kgo.ClientID("myevents"), kgo.DisableClientMetrics(),
		kgo.MetadataMinAge(100 * time.Millisecond), kgo.MetadataMaxAge(30 * time.Second),
		kgo.DialTimeout(5 * time.Second), kgo.RetryTimeout(20 * time.Second),
		// A connection that has fallen silent is found out by its next request, so those are short and the idle are let go.
		kgo.RequestTimeoutOverhead(4 * time.Second), kgo.ConnIdleTimeout(4 * time.Second),
		kgo.RetryBackoffFn(func(tries int) time.Duration {
			return min(50*time.Millisecond<<min(max(tries, 1)-1, 5), time.Second)
		}),
	}
	if s.tls != nil {
		all = append(all, kgo.DialTLSConfig(s.tls))
	}
	if s.sasl != nil {
		all = append(all, kgo.SASL(s.sasl))
	}
	return append(all, more...)
}
