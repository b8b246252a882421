"""What LocalStack 4.14 needs to do without Docker and without downloads of its own.

Lambda: each execution environment is a Runtime API on a loopback port and one child process, the function's bootstrap, which asks
it for invocations. A child that exits or takes longer than the function's timeout makes its invocation an error, as on AWS, and
the next invocation of that environment starts another one. DynamoDB: the jars that Maven has brought are run as they are.

Both lean on LocalStack's inside, hence its exact version in aws/requirements.txt.
"""

import collections
import http.server
import json
import os
import queue
import subprocess
import threading
import time

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

API = "/2018-06-01/runtime"
INIT_SECONDS = 10  # that AWS gives a function to start
LOG_LINES = 500  # that an environment remembers


def error(kind: str, text: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    """The Runtime API of one environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path != f"{API}/invocation/next":
            return self.answer(404)
        invocation = self.server.environment.next(self.headers.get("User-Agent"))
        if invocation is None:  # the environment ends
            self.close_connection = True
            return
        self.answer(
            200,
            invocation["payload"].encode(),
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation["invoke-id"],
                "Lambda-Runtime-Deadline-Ms": str(int(invocation["deadline"] * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": invocation["invoked-function-arn"],
                "Lambda-Runtime-Trace-Id": invocation["trace-id"],
            },
        )

    def do_POST(self):
        body = self.body()
        parts = self.path.removeprefix(API).strip("/").split("/")
        environment = self.server.environment
        match parts:
            case ["init", "error"]:
                environment.ended(None, body, is_error=True)
            case ["invocation", request, "response"]:
                environment.ended(request, body, is_error=False)
            case ["invocation", request, "error"]:
                environment.ended(request, body, is_error=True)
            case _:
                return self.answer(404)
        self.answer(202)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []  # Go's runtime client streams its answers
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class ProcessExecutor(RuntimeExecutor):
    """One execution environment. LocalStack gives it one invocation at a time."""

    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self.child = None
        self.ready = threading.Event()  # the child has asked for its first invocation
        self.results = queue.Queue()  # (request, payload, is_error) of the child that runs
        self.invocations = queue.Queue()
        self.lines = collections.deque(maxlen=LOG_LINES)
        self.stopped = False

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return "http://127.0.0.1"

    def get_logs(self) -> str:
        return "\n".join(self.lines)

    def start(self, env_vars):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.environment = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        code = self.function_version.config.code.get_unzipped_code_location()
        self.command = [os.path.join(code, "bootstrap")]
        self.variables = {name: str(value) for name, value in env_vars.items()} | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_address[1]}",
            "LAMBDA_TASK_ROOT": str(code),
            "PATH": os.environ["PATH"],
        }
        self.spawn(time.monotonic() + INIT_SECONDS)

    def stop(self):
        self.stopped = True
        self.kill()
        self.invocations.put(None)
        self.server.shutdown()
        self.server.server_close()

    def invoke(self, payload) -> InvocationResult:
        seconds = self.function_version.config.timeout
        request = payload["invoke-id"]
        self.lines.clear()
        self.lines.append(f"START RequestId: {request}")
        if self.child is None:
            self.spawn(time.monotonic() + INIT_SECONDS)
        self.invocations.put(payload | {"deadline": time.time() + seconds})
        body, is_error = self.result(request, time.monotonic() + seconds)
        self.lines.append(f"END RequestId: {request}")
        return InvocationResult(request, body, is_error=is_error, logs=self.get_logs() + "\n")

    # Called by the Runtime API.

    def next(self, _agent):
        self.ready.set()
        return self.invocations.get()

    def ended(self, request, body, is_error):
        self.results.put((request, body, is_error))

    # The child.

    def spawn(self, until: float):
        """Starts a child and waits until it asks for work; one that does not raises what it said."""
        self.ready.clear()
        self.results = queue.Queue()
        self.invocations = queue.Queue()
        os.chmod(self.command[0], 0o755)
        self.child = child = subprocess.Popen(
            self.command, env=self.variables, cwd=self.variables["LAMBDA_TASK_ROOT"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )
        threading.Thread(target=self.watch, args=(child, self.results), daemon=True).start()
        while not self.ready.wait(0.005):
            if time.monotonic() > until:
                self.kill()
                raise StatusErrorException("init", payload=error("Sandbox.Timedout", f"init took more than {INIT_SECONDS} s"))
            try:
                _, body, _ = self.results.get_nowait()
            except queue.Empty:
                continue
            self.kill()
            raise StatusErrorException("init", payload=body)

    def watch(self, child, results):
        """Keeps what the child prints and tells of its end."""
        for line in child.stdout:
            self.lines.append(line.rstrip("\n"))
        code = child.wait()
        results.put((None, error("Runtime.ExitError", f"the function's process ended with status {code}"), True))

    def result(self, request: str, until: float) -> tuple[bytes, bool]:
        """Waits for the outcome of an invocation. A child that ended, or took too long, is not used again."""
        while True:
            try:
                of, body, is_error = self.results.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                self.kill()
                seconds = self.function_version.config.timeout
                return error("Sandbox.Timedout", f"RequestId: {request} Error: Task timed out after {seconds}.00 seconds"), True
            if of == request:
                return body, is_error
            if of is None:
                self.kill()
                return body, is_error

    def kill(self):
        child, self.child = self.child, None
        if child is not None:
            child.kill()
            child.wait()
            self.invocations.put(None)  # what waited for its next invocation


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        return ProcessExecutor


@hooks.on_infra_start()
def dynamodb_from_maven():
    """Starts DynamoDB Local from the folder MYEVENTS_DYNAMODB_JARS, instead of from a download of LocalStack's."""
    from localstack.services.dynamodb import server
    from localstack.utils.run import ShellCommandThread

    jars = os.environ["MYEVENTS_DYNAMODB_JARS"]

    def start(self):
        command = [
            "java", f"-Xmx{self.heap_size}", f"-Djava.library.path={jars}", "-cp", f"{jars}/*",
            "com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-disableTelemetry", "-port", str(self.port),
        ]  # fmt: skip
        thread = ShellCommandThread(command, env_vars={"DDB_LOCAL_TELEMETRY": "0"}, auto_restart=True, name="dynamodb-local")
        server.TMP_THREADS.append(thread)
        thread.start()
        return thread

    server.DynamodbServer.do_start_thread = start
