"""The local AWS as one thing to start and to end: ministack, and Personalize emulated beside it.

    with Engine.started() as engine:
        engine.client("cloudformation").describe_stacks()

Any number of engines run side by side: each has ports of its own (on the loopback interface), a
folder of its own for everything that it writes, and an account of its own. Nothing survives it: see
leash.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from local_aws.installation import PROJECT, Installation
from local_aws.leash import Leash
from local_aws.personalize import Personalize, get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.relay import Relay

REGION: Final = "us-east-1"
ACCOUNT: Final = "123456789012"
"""The account; ministack takes an access key of twelve digits for the account's number."""
START_LIMIT_S: Final = 30.0
"""Seconds that ministack and the emulator may take to answer their first request."""


class EngineError(Exception):
    """The engine did not start; the text holds the end of its log."""


@dataclass(frozen=True)
class Settings:
    """What may differ from one engine to the next.

    Attributes:
        waiting: How long a second of waiting in a state machine takes here; 1.0 is real time.
        asynchronous_second: The same for the delays between Lambda's asynchronous retries, which
            are minutes on AWS.
        deliver_twice: Whether every asynchronous event is delivered twice, nearly at once.
        create_s: How long Personalize takes to create something, unless a plan says otherwise.
        update_s: The same for an update of a campaign.
        delete_s: The same for a deletion.
        relay: Stands between the functions and the emulator (relay.py); None leaves it out.
    """

    waiting: float = 1.0
    asynchronous_second: float = 0.02
    deliver_twice: bool = False
    create_s: float = 2.0
    update_s: float = 2.0
    delete_s: float = 1.0
    relay: Relay | None = None


@dataclass(frozen=True)
class Engine:
    """A running local AWS.

    Attributes:
        endpoint: URL of every service, Personalize included.
        personalize: The Personalize emulator beside it, seen from outside.
        folder: Everything that the engine writes; gone with it.
    """

    endpoint: str
    personalize: Personalize
    folder: Path
    installation: Installation
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    @contextlib.contextmanager
    def started(cls, settings: Settings | None = None) -> Iterator[Engine]:
        """Starts an engine, and ends it with everything that it started.

        Raises:
            EngineError: It did not come up.
            NotInstalledError: A tool is missing.
        """
        settings = settings or Settings()
        installation = Installation.find()
        with contextlib.ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="local-aws-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            for name in ("home", "tmp"):
                (folder / name).mkdir()
            listener = stack.enter_context(_listener())
            endpoint = _url(listener)
            personalize = stack.enter_context(_emulator(settings, folder, endpoint))
            engine = cls(endpoint, personalize, folder, installation)
            stack.enter_context(_ministack(settings, engine, listener))
            yield engine

    @property
    def environment(self) -> dict[str, str]:
        """What whoever talks to this engine gets, with nothing of the machine's own AWS."""
        return _environment(self.folder, self.endpoint)

    def client(self, service: str) -> Any:
        """A boto3 client of a service of this engine."""
        if service not in self._clients:
            create: Any = boto3.session.Session().client
            self._clients[service] = create(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key="made-up",
                # A virtual host of a bucket would need a resolver of its own.
                config=Config(s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def report(self, name: str) -> list[dict[str, Any]]:
        """One of the launcher's reports: `exchanges`, `executions`, `workers` (gaps/control.py)."""
        found: list[dict[str, Any]] = json.loads(get(f"{self.endpoint}/_local_aws/{name}"))
        return found

    def log(self, name: str) -> str:
        """What `ministack` or `emulator` printed so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")


def _environment(folder: Path, endpoint: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
        # jsii unpacks the whole aws-cdk-lib once for each cache, which takes longer than a deploy.
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(PROJECT / ".cache" / "jsii"),
    }


@contextlib.contextmanager
def _emulator(settings: Settings, folder: Path, endpoint: str) -> Iterator[Personalize]:
    """Runs the emulator on a port that it chooses itself."""
    command = [
        *(sys.executable, "-m", "emulator.server", "--port", "0", "--account", ACCOUNT),
        # Jobs read and write the engine's own buckets, with roles that must exist there.
        *("--s3-endpoint", endpoint, "--iam-endpoint", endpoint),
        *("--create-s", str(settings.create_s), "--update-s", str(settings.update_s)),
        *("--delete-s", str(settings.delete_s)),
    ]
    env = {**_environment(folder, endpoint), "PYTHONPATH": str(PROJECT / "tests")}
    with _running("emulator", command, folder=folder, env=env) as leash:
        yield Personalize(_announced_url(leash, folder / "emulator.log"))


@contextlib.contextmanager
def _ministack(settings: Settings, engine: Engine, listener: socket.socket) -> Iterator[None]:
    """Runs ministack, through the launcher, on a socket that listens already."""
    command = [
        str(engine.installation.ministack_python),
        *("-I", str(Path(__file__).with_name("launcher.py")), str(listener.fileno())),
    ]
    env = {
        # Functions inherit ministack's environment, endpoints included.
        **engine.environment,
        # Functions in Node.js run on our Node, whatever the machine's own is.
        "PATH": os.pathsep.join(
            (str(engine.installation.node.parent), os.environ.get("PATH", os.defpath))
        ),
        "LOCAL_AWS_PERSONALIZE": engine.personalize.url,
        "SFN_WAIT_SCALE": str(settings.waiting),
        "LOCAL_AWS_SECOND": str(settings.asynchronous_second),
        "LOCAL_AWS_DELIVER_TWICE": "1" if settings.deliver_twice else "0",
        # Services that listen on fixed ports of their own; two engines would clash.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    if settings.relay is not None:
        settings.relay.target = engine.endpoint
        env["AWS_ENDPOINT_URL_PERSONALIZE"] = settings.relay.url
    inherit = (listener.fileno(),)
    with _running("ministack", command, folder=engine.folder, env=env, inherit=inherit) as leash:
        listener.close()
        _await(leash, f"{engine.endpoint}/_ministack/health", engine.folder / "ministack.log")
        yield


@contextlib.contextmanager
def _running(
    name: str,
    command: list[str],
    *,
    folder: Path,
    env: Mapping[str, str],
    inherit: tuple[int, ...] = (),
) -> Iterator[Leash]:
    with (folder / f"{name}.log").open("wb") as log:
        leash = Leash(command, env=env, cwd=folder / "tmp", output=log, inherit=inherit)
        try:
            yield leash
        finally:
            leash.end()


def _announced_url(leash: Leash, log: Path) -> str:
    """The URL that the emulator prints once it listens, on a port that it chose itself."""
    for _ in _until_answer(leash, log):
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("http://"):
                return line
    raise AssertionError("unreachable")


def _await(leash: Leash, url: str, log: Path) -> None:
    for _ in _until_answer(leash, log):
        with contextlib.suppress(OSError):
            get(url)
            return


def _until_answer(leash: Leash, log: Path) -> Iterator[None]:
    """Ticks while a process comes up.

    Raises:
        EngineError: It ended instead, or took too long.
    """
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and leash.exit_code is None:
        yield
        time.sleep(0.03)
    raise EngineError(f"{log.stem} did not come up:\n{log.read_text(errors='replace')[-3000:]}")


def _listener() -> socket.socket:
    """A listening socket on a free port of the loopback interface."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"
