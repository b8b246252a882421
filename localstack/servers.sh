# Functions that install, start and stop the servers of the tests, for with, up and down. Each server listens on a free port, keeps
# what it stores in a folder of its own and is a process group of its own, which is stopped as one, by its id.
# shellcheck shell=bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${here%/*}
cache=$root/.cache/localstack
deadline=${MYEVENTS_TEST_SERVER_SECONDS:-90} # that a server has to answer

declare -A group=()   # by name: the id of its processes' group
declare -A address=() # by name: its URL

die() {
	echo "localstack: $*" >&2
	exit 1
}

known() { [[ $1 == dynamodb || $1 == elasticmq || $1 == aws ]] || die "there is no server $1; there are dynamodb, elasticmq and aws"; }

# once STAMP COMMAND… runs COMMAND where nobody has yet; of two at the same time one waits.
once() {
	local stamp=$1
	shift
	[[ -e $stamp ]] && return
	mkdir -p "$cache"
	(
		flock 9
		[[ -e $stamp ]] && exit
		echo "localstack: installing ${stamp##*/}, once" >&2
		rm -rf "$stamp" "$stamp.new"
		"$@" "$stamp.new" >&2 && mv "$stamp.new" "$stamp"
	) 9>"$cache/lock"
}

jars() { # NAME FOLDER
	"$root/scripts/need" mvn maven
	mvn --quiet --batch-mode --file "$here/$1/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$2"
}

python313() {
	local found
	for found in "$(command -v python3.13)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python3.13; do
		if [[ -x $found ]] && "$found" -c 'import venv, ensurepip' 2>/dev/null; then
			echo "$found"
			return
		fi
	done
	found=$(uv python find 3.13 2>/dev/null) && echo "$found" && return
	die 'aws needs Python 3.13, which is neither in PATH nor in ~/.pyenv; "pyenv install 3.13" or "uv python install 3.13" brings it'
}

emulator() { # FOLDER; scripts of a virtual environment name its folder, hence only "python -m" is used of it
	local python
	python=$(python313)
	"$python" -m venv "$1"
	"$1/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --no-deps --requirement "$here/aws/requirements.txt"
	cp -r "$here/executor" "$1/executor"
	"$1/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --no-deps --no-build-isolation "$1/executor"
}

versioned() { # NAME FILE…: the folder in which what these files ask for is installed
	local name=$1
	shift
	echo "$cache/$name-$(cat "$@" | sha256sum | cut -c 1-12)"
}

dynamodb_folder() { versioned dynamodb "$here/dynamodb/pom.xml"; }
elasticmq_folder() { versioned elasticmq "$here/elasticmq/pom.xml"; }
aws_folder() { versioned aws "$here/aws/requirements.txt" "$here"/executor/*.*; }

java_is_there() { "$root/scripts/need" java openjdk-17-jre-headless; }

install_dynamodb() {
	java_is_there
	once "$(dynamodb_folder)" jars dynamodb
}

install_elasticmq() {
	java_is_there
	once "$(elasticmq_folder)" jars elasticmq
}

install_aws() { # its DynamoDB is DynamoDB Local
	install_dynamodb
	once "$(aws_folder)" emulator
}

free_port() {
	local port
	for _ in {1..100}; do
		port=$((20000 + RANDOM % 12000)) # below those that the kernel gives to clients
		if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
	die "no free port between 20000 and 32000"
}

# The commands of the servers: FOLDER PORT, run by launch in a process of its own.
run_dynamodb() {
	local lib
	lib=$(dynamodb_folder)
	export DDB_LOCAL_TELEMETRY=0
	exec java -Xmx512m -Djava.library.path="$lib" -cp "$lib/*" com.amazonaws.services.dynamodbv2.local.main.ServerRunner \
		-inMemory -sharedDb -disableTelemetry -port "$2"
}

run_elasticmq() {
	cat >"$1/elasticmq.conf" <<-END
		include classpath("application.conf")
		node-address { protocol = http, host = "127.0.0.1", port = $2, context-path = "" }
		rest-sqs { enabled = true, bind-port = $2, bind-hostname = "127.0.0.1", sqs-limits = strict }
		rest-stats { enabled = false }
	END
	exec java -Xmx256m -Dconfig.file="$1/elasticmq.conf" -cp "$(elasticmq_folder)/*" org.elasticmq.server.Main
}

run_aws() {
	mkdir -p "$1/tmp" "$1/root"
	export TMPDIR=$1/tmp FILESYSTEM_ROOT=$1/root
	export GATEWAY_LISTEN=127.0.0.1:$2 LOCALSTACK_HOST=127.0.0.1:$2 OVERRIDE_IN_DOCKER=0 DNS_ADDRESS=0
	export DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 EAGER_SERVICE_LOADING=0
	export LAMBDA_RUNTIME_EXECUTOR=process LAMBDA_KEEPALIVE_MS=600000
	export PROVIDER_OVERRIDE_DYNAMODB=v2 PROVIDER_OVERRIDE_DYNAMODBSTREAMS=v2 DYNAMODB_IN_MEMORY=1
	MYEVENTS_DYNAMODB_JARS=$(dynamodb_folder)
	export MYEVENTS_DYNAMODB_JARS
	# The emulator's own clients use keys and endpoints of their own.
	unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
	exec "$(aws_folder)/bin/python" -m localstack.runtime.main
}

answers() { # PORT: whether a server there speaks HTTP
	local line
	{ exec 8<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
	printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&8
	read -r -t 2 line <&8 || line=
	exec 8<&-
	[[ $line == HTTP/1.* ]]
}

# launch NAME FOLDER starts a server without waiting for it; its log is FOLDER/NAME.log.
launch() {
	local name=$1 folder=$2/$1 port
	port=$(free_port)
	mkdir -p "$folder"
	"install_$name"
	address[$name]=http://127.0.0.1:$port
	# setsid makes the group; it does not fork, since what starts in the background leads none yet.
	# shellcheck disable=SC2016 # the new shell is to expand it
	setsid bash -c 'source "$1"; shift; "$@"' - "$here/servers.sh" "run_$name" "$folder" "$port" \
		</dev/null >"$2/$name.log" 2>&1 &
	group[$name]=$!
	disown "$!" # else the shell reports the end of one that had to be killed
}

# await NAME FOLDER waits until the server answers, and fails with the end of its log where it does not.
await() {
	local name=$1 log=$2/$1.log until=$((SECONDS + deadline)) why
	while ! answers "${address[$name]##*:}"; do
		why=
		kill -0 "${group[$name]}" 2>/dev/null || why="ended"
		[[ $SECONDS -lt $until ]] || why="does not answer on ${address[$name]} after $deadline s"
		if [[ -n $why ]]; then
			echo "localstack: $name $why; the end of its log:" >&2
			tail -n 20 "$log" >&2
			exit 1
		fi
		sleep 0.1
	done
}

# stop ID… ends groups of processes: politely, and after 10 s for certain.
stop() {
	local id until=$((SECONDS + 10))
	[[ $# -gt 0 ]] || return 0
	for id; do kill -TERM -- "-$id" 2>/dev/null || true; done
	for id; do
		while kill -0 -- "-$id" 2>/dev/null; do
			[[ $SECONDS -lt $until ]] || kill -KILL -- "-$id" 2>/dev/null || true
			sleep 0.05
		done
	done
}

# settings NAME prints what a client of the server needs, as assignments.
settings() {
	case $1 in
	dynamodb) echo "MYEVENTS_TEST_DYNAMODB=${address[$1]}" ;;
	elasticmq) echo "MYEVENTS_TEST_SQS=${address[$1]}" ;;
	aws) echo "MYEVENTS_TEST_AWS=${address[$1]}" ;;
	esac
}

# Keys that no real AWS knows, so that a client that misses its endpoint is refused there.
# shellcheck disable=SC2034 # those who source this use it
keys=(AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true)
