# Functions that install, start and stop the servers of the tests, for with, up and down. Each server listens on a free port, keeps
# what it stores in a folder of its own and is a process group of its own, which is stopped as one, by its id.
# shellcheck shell=bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${here%/*}
cache=$root/.cache/localstack
mkdir -p "$cache"
deadline=${MYEVENTS_TEST_SERVER_SECONDS:-180} # that a server has to answer
all=(dynamodb elasticmq aws mongodb rabbitmq kafka)
keep=                                         # not empty: what the server stores is to outlive it

declare -A group=() # by name: the id of its processes' group
declare -A port=()  # by name: where it listens on 127.0.0.1

die() {
	echo "localstack: $*" >&2
	exit 1
}

known() { [[ " ${all[*]} " == *" $1 "* ]] || die "there is no server $1; there are ${all[*]}"; }

# once STAMP COMMAND… runs COMMAND where nobody has yet; of two at the same time one waits.
once() {
	local stamp=$1
	shift
	[[ -e $stamp ]] && return
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

mongo_launcher() { # FOLDER; Debian's Java runtime has the compiler, though not the command javac
	jars mongodb "$1" &&
		java --module jdk.compiler/com.sun.tools.javac.Main -classpath "$(printf '%s:' "$1"/*.jar)" -d "$1" "$here/mongodb/Launcher.java"
}

formatted_kafka() { # FOLDER; formatted once, since that takes as long as a start
	jars kafka "$1" && kafka_settings "$1/formatted" 9092 9093 9094 >"$1/format.properties" &&
		"${kafka_java[@]}" -cp "$1/*" kafka.tools.StorageTool format --cluster-id MkU3OEVBNTcwNTJENDM2Qg --config "$1/format.properties"
}

versioned() { # NAME FILE…: the folder in which what these files ask for is installed
	local name=$1
	shift
	echo "$cache/$name-$(cat "$@" | sha256sum | cut -c 1-12)"
}

dynamodb_folder() { versioned dynamodb "$here/dynamodb/pom.xml"; }
elasticmq_folder() { versioned elasticmq "$here/elasticmq/pom.xml"; }
aws_folder() { versioned aws "$here/aws/requirements.txt" "$here"/executor/*.*; }
mongodb_folder() { versioned mongodb "$here"/mongodb/*; }
kafka_folder() { versioned kafka "$here"/kafka/*; }
rabbitmq_folder() { printf '%s\n' /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin | tail -n 1; }

java_is_there() { "$root/scripts/need" java openjdk-17-jre-headless; }
rabbitmq_is_there() { PATH=$PATH:/usr/sbin "$root/scripts/need" rabbitmq-server rabbitmq-server; }

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

install_mongodb() {
	java_is_there
	once "$(mongodb_folder)" mongo_launcher
}

install_rabbitmq() { rabbitmq_is_there; }

install_kafka() {
	java_is_there
	once "$(kafka_folder)" formatted_kafka
}

# Ports are given out in turn, so that two servers that start at the same time never get the same one.
free_port() {
	local next
	(
		flock 9
		next=$(cat "$cache/port" 2>/dev/null) || true
		[[ $next -ge 20000 ]] || next=$((20000 + RANDOM % 12000))
		for _ in {1..1000}; do
			next=$((next < 31999 ? next + 1 : 20000)) # below those that the kernel gives to clients
			if ! (: <"/dev/tcp/127.0.0.1/$next") 2>/dev/null; then
				echo "$next" >"$cache/port"
				echo "$next"
				exit
			fi
		done
		die "no free port between 20000 and 32000"
	) 9>"$cache/port.lock"
}

# The commands of the servers: FOLDER PORT, run by launch in a process of its own, or by run.
run_dynamodb() {
	local lib where=(-inMemory)
	lib=$(dynamodb_folder)
	if [[ -n $keep ]]; then where=(-dbPath "$1"); fi
	export DDB_LOCAL_TELEMETRY=0
	exec java -Xmx512m -Djava.library.path="$lib" -cp "$lib/*" com.amazonaws.services.dynamodbv2.local.main.ServerRunner \
		"${where[@]}" -sharedDb -disableTelemetry -port "$2"
}

run_elasticmq() {
	cat >"$1/elasticmq.conf" <<-END
		include classpath("application.conf")
		node-address { protocol = http, host = "127.0.0.1", port = $2, context-path = "" }
		rest-sqs { enabled = true, bind-port = $2, bind-hostname = "127.0.0.1", sqs-limits = strict }
		rest-stats { enabled = false }
		queues-storage { enabled = ${keep:-false}, path = "$1/queues.conf" }
		messages-storage { enabled = ${keep:-false}, uri = "jdbc:h2:$1/messages;WRITE_DELAY=0" }
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

# It keeps nothing, whatever is asked: what is stored is gone with the process.
run_mongodb() {
	local lib
	lib=$(mongodb_folder)
	exec java -Xmx512m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$lib:$lib/*" \
		Launcher "$2" "${MYEVENTS_ADVERTISE:-127.0.0.1:$2}"
}

# Debian's wrapper of it changes the user and the folders, hence the script that the wrapper calls. Nodes find each other by a
# daemon, epmd, that outlives them: this node has one of its own, which the kernel ends with it.
run_rabbitmq() {
	local bin
	bin=$(rabbitmq_folder)
	ERL_EPMD_PORT=$(free_port)
	RABBITMQ_DIST_PORT=$(free_port)
	export ERL_EPMD_PORT RABBITMQ_DIST_PORT ERL_EPMD_ADDRESS=127.0.0.1 HOME=$1 RABBITMQ_NODENAME=myevents@localhost
	export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$2 RABBITMQ_PID_FILE=$1/pid RABBITMQ_BASE=$1
	export RABBITMQ_MNESIA_BASE=$1/data RABBITMQ_LOG_BASE=$1/log RABBITMQ_SCHEMA_DIR=$1/schema RABBITMQ_GENERATED_CONFIG_DIR=$1/generated
	export RABBITMQ_CONFIG_FILE=$1/rabbitmq.conf RABBITMQ_ADVANCED_CONFIG_FILE=$1/advanced.config
	export RABBITMQ_CONF_ENV_FILE=$1/rabbitmq-env.conf RABBITMQ_ENABLED_PLUGINS_FILE=$1/enabled_plugins
	export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none +Bd'
	: >"$1/rabbitmq-env.conf"
	echo '[].' >"$1/enabled_plugins"
	cat >"$1/rabbitmq.conf" <<-END
		listeners.tcp.1 = 127.0.0.1:$2
		disk_free_limit.absolute = 100MB
		vm_memory_high_watermark.absolute = 512MB
		log.file = false
		log.console = true
		log.console.level = warning
	END
	cat >"$1/rabbitmqctl" <<-END
		#!/bin/sh
		export HOME='$1' ERL_EPMD_PORT=$ERL_EPMD_PORT RABBITMQ_NODENAME=$RABBITMQ_NODENAME RABBITMQ_CONF_ENV_FILE='$RABBITMQ_CONF_ENV_FILE'
		exec '$bin/rabbitmqctl' "\$@"
	END
	chmod +x "$1/rabbitmqctl"
	setpriv --pdeathsig KILL epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 &
	until (: <"/dev/tcp/127.0.0.1/$ERL_EPMD_PORT") 2>/dev/null; do
		kill -0 "$!" || die "rabbitmq: epmd ended"
		sleep 0.02
	done
	export RUNNING_UNDER_SYSTEMD=true # the node takes this process's place instead of being its child
	exec "$bin/rabbitmq-server"
}

kafka_java=(java -Xms64m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn)

kafka_settings() { # DATA PORT INTERNAL CONTROLLER
	cat "$here/kafka/server.properties"
	echo "log.dirs=$1"
	echo "listeners=PLAINTEXT://127.0.0.1:$2,INTERNAL://127.0.0.1:$3,CONTROLLER://127.0.0.1:$4"
	echo "advertised.listeners=PLAINTEXT://${MYEVENTS_ADVERTISE:-127.0.0.1:$2},INTERNAL://127.0.0.1:$3"
	echo "controller.quorum.voters=1@127.0.0.1:$4"
}

run_kafka() {
	local lib
	lib=$(kafka_folder)
	if [[ ! -e $1/data ]]; then
		rm -rf "$1/data.new"
		cp -r "$lib/formatted" "$1/data.new"
		mv "$1/data.new" "$1/data"
	fi
	kafka_settings "$1/data" "$2" "$(free_port)" "$(free_port)" >"$1/server.properties"
	exec "${kafka_java[@]}" -cp "$lib/*" kafka.Kafka "$1/server.properties"
}

# reply PORT REQUEST BYTES prints the first bytes of what a server there says to the request, in hexadecimal.
reply() {
	# shellcheck disable=SC2059 # the request's escapes are meant
	(exec 8<>"/dev/tcp/127.0.0.1/$1" && printf "$2" >&8 && timeout 2 head -c "$3" <&8 | od -An -v -tx1 | tr -d ' \n') 2>/dev/null
}

# answers NAME PORT: whether a server there does what clients ask of it.
answers() {
	case $1 in
	mongodb) (: <"/dev/tcp/127.0.0.1/$2") 2>/dev/null ;; # it listens last of all
	rabbitmq) [[ $(reply "$2" 'AMQP\0\0\x09\x01' 1) == 01 ]] ;; # the first frame
	# Metadata, version 0, of all topics. Only after size and number (1) comes the count of brokers, and one that is not counted yet
	# makes no topics.
	kafka) [[ $(reply "$2" '\0\0\0\x0e\0\x03\0\0\0\0\0\x01\xff\xff\0\0\0\0' 12) == ????????0000000100000001 ]] ;;
	*) [[ $(reply "$2" 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' 7) == 485454502f312e ]] ;; # HTTP/1.
	esac
}

# launch NAME FOLDER starts a server without waiting for it; its log is FOLDER/NAME.log.
launch() {
	local name=$1 folder=$2/$1
	port[$name]=$(free_port)
	mkdir -p "$folder"
	"install_$name"
	# setsid makes the group; it does not fork, since what starts in the background leads none yet. By its environment down knows
	# the server again.
	# shellcheck disable=SC2016 # the new shell is to expand it
	LOCAL_SERVER_FOLDER=$folder setsid bash -c 'source "$1"; shift; "$@"' - "$here/servers.sh" "run_$name" "$folder" "${port[$name]}" \
		</dev/null >"$2/$name.log" 2>&1 &
	group[$name]=$!
	disown "$!" # else the shell reports the end of one that had to be killed
}

# await NAME FOLDER waits until the server answers, and fails with the end of its log where it does not.
await() {
	local name=$1 log=$2/$1.log until=$((SECONDS + deadline)) why
	while ! answers "$name" "${port[$name]}"; do
		why=
		kill -0 "${group[$name]}" 2>/dev/null || why="ended"
		[[ $SECONDS -lt $until ]] || why="does not answer on port ${port[$name]} after $deadline s"
		if [[ -n $why ]]; then
			echo "localstack: $name $why; the end of its log:" >&2
			tail -n 20 "$log" >&2
			exit 1
		fi
		sleep 0.1
	done
}

# stop NAME… ends the servers' groups of processes: politely, and after 10 s for certain. Those that would take their time to save
# what is thrown away are not asked.
stop() {
	local name until=$((SECONDS + 10))
	for name; do
		case $name in
		rabbitmq | kafka) kill -KILL -- "-${group[$name]}" 2>/dev/null || true ;;
		*) kill -TERM -- "-${group[$name]}" 2>/dev/null || true ;;
		esac
	done
	for name; do
		while kill -0 -- "-${group[$name]}" 2>/dev/null; do
			[[ $SECONDS -lt $until ]] || kill -KILL -- "-${group[$name]}" 2>/dev/null || true
			sleep 0.05
		done
	done
}

# settings NAME prints what a client of the server needs, as assignments.
settings() {
	local at=127.0.0.1:${port[$1]}
	case $1 in
	dynamodb) echo "MYEVENTS_TEST_DYNAMODB=http://$at" ;;
	elasticmq) echo "MYEVENTS_TEST_SQS=http://$at" ;;
	aws) echo "MYEVENTS_TEST_AWS=http://$at" ;;
	mongodb) echo "MYEVENTS_TEST_MONGODB=mongodb://$at" ;;
	rabbitmq) echo "MYEVENTS_TEST_AMQP=amqp://guest:guest@$at/" ;;
	kafka) echo "MYEVENTS_TEST_KAFKA=$at" ;;
	esac
}

# Keys that no real AWS knows, so that a client that misses its endpoint is refused there.
# shellcheck disable=SC2034 # those who source this use it
keys=(AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true)
