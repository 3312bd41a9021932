"""The AWS emulator as a child process: loopback only, IAM enforced, gone with its runner."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cli.problems import Failure, Problem
from local import fault_front
from local.aws import ACCESS_KEY_ID, ACCOUNT_ID, REGION, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from types import TracebackType

    from local.faults import FaultPlan

HOST = "127.0.0.1"

PROJECT = Path(__file__).resolve().parent.parent

START_SECONDS = 60.0
"""A start takes about two seconds; a loaded machine gets this long."""

STOP_SECONDS = 5.0

_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that the emulator and the Lambda workers see of the user's environment: nothing of AWS, no proxy, no HOME."""


class Emulator:
    """One running ministack.

    Attributes:
        port: TCP port on loopback.
        log_path: What the emulator prints; removed by an orderly stop.
        directory: All files of the emulator and its workers; None when it does not run.
    """

    def __init__(self, *, port: int = 0, xray_address: str) -> None:
        """Prepare an emulator.

        Args:
            port: TCP port to listen on; 0: any free one.
            xray_address: `host:port` that Lambda code finds as AWS_XRAY_DAEMON_ADDRESS.
        """
        self.port = port
        self._xray_address = xray_address
        self._process: subprocess.Popen[bytes] | None = None
        self.directory: Path | None = None
        self.log_path = Path()

    @property
    def endpoint_url(self) -> str:
        """Where AWS clients connect."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id, which is also the id of its process group; None when it does not run."""
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            Problem: The port is taken.
            Failure: The emulator does not come up; its last lines are in the message.
        """
        listener = self._listen()
        self.directory = Path(tempfile.mkdtemp(prefix="webhook-processor-"))
        logs = PROJECT / ".build"
        logs.mkdir(exist_ok=True)
        self.log_path = logs / f"emulator-{self.port}.log"
        with listener, self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.emulator_process", str(listener.fileno())],
                cwd=PROJECT,
                env=self._environment(self.directory),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        self._wait_until_healthy()

    def stop(self) -> None:
        """End the process and its workers and remove its files; does nothing when it does not run."""
        if self._process is not None:
            crashed = self._process.poll() is not None
            if not crashed:
                self._process.send_signal(signal.SIGTERM)
                try:
                    self._process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    os.killpg(self._process.pid, signal.SIGKILL)
                    self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None
            if not crashed:
                self.log_path.unlink(missing_ok=True)
        if self.directory is not None:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory = None

    def fail(self, plan: FaultPlan) -> None:
        """Let the function's calls to AWS meet faults from now on; an empty plan ends them."""
        self._faults("PUT", plan.to_json())

    def faults_met(self) -> dict[str, int]:
        """Tell how often each fault of the present plan was met."""
        met: dict[str, int] = json.loads(self._faults("GET"))
        return met

    def workers(self) -> list[int]:
        """Process ids of the workers that run Lambda code."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout  # noqa: S607 - POSIX
        pairs = [line.split() for line in listed.splitlines()]
        return [int(pid) for pid, parent in pairs if int(parent) == self.pid]

    def _faults(self, method: str, body: str = "") -> bytes:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request(method, fault_front.PATH, body)
            return connection.getresponse().read()
        finally:
            connection.close()

    def _listen(self) -> socket.socket:
        """Take the port here, so that no other program can take it before the emulator does."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, self.port))
        except (OSError, OverflowError) as error:
            listener.close()
            raise Problem(f"cannot listen on {HOST}:{self.port} ({error}): choose another --port, or none") from error
        self.port = listener.getsockname()[1]
        return listener

    def _environment(self, directory: Path) -> dict[str, str]:
        nowhere = str(directory / "none")
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AUTH": "true",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "LAMBDA_EXECUTOR": "local",
            "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # The emulator would tidy up containers of its own kind on a Docker daemon that it finds.
            "DOCKER_HOST": f"unix://{nowhere}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_XRAY_DAEMON_ADDRESS": self._xray_address,
        }

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            if _answers(self.port):
                return
            time.sleep(0.05)
        lines = self.log_path.read_text(errors="replace").splitlines()[-5:]
        log_path = self.log_path
        self.stop()
        raise Failure(f"the emulator did not start (log: {log_path}): {' | '.join(lines) or 'it printed nothing'}")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
