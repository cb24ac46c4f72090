"""The emulator over HTTP, on 127.0.0.1: `python -m emulator.server --port 0` prints its URL."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from emulator.admin import PREFIX, Admin
from emulator.backend import DEFAULT_ACCOUNT, PersonalizeBackend, any_role_exists
from emulator.exceptions import ConnectionDroppedError
from emulator.plans import DEFAULTS, Plan
from emulator.responses import PersonalizeResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from emulator.batch import ObjectStore

HOST = "127.0.0.1"
REGION = "us-east-1"
"""Any will do for a local S3 and IAM."""


class EmulatorServer:
    """A threaded server around one backend; requests are obeyed one at a time.

    Use as a context manager, or start() and stop(); `url` is known from the start.
    """

    def __init__(self, backend: PersonalizeBackend, *, port: int = 0) -> None:
        self._admin = Admin(backend)
        self._response = PersonalizeResponse(backend)
        self._lock = threading.Lock()
        self._server = make_server(HOST, port, self._application, threaded=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self.url = f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> EmulatorServer:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _application(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        try:
            with self._lock:
                answer = self._answer(request, body)
        except ConnectionDroppedError as dropped:
            connection: socket.socket = environ["werkzeug.socket"]
            connection.shutdown(socket.SHUT_RDWR)
            # werkzeug takes this to mean that the peer is gone, and writes nothing more.
            raise ConnectionAbortedError from dropped
        return answer(environ, start)

    def _answer(self, request: Request, body: bytes) -> Response:
        if request.path.startswith(PREFIX):
            status, document = self._admin.answer(request.method, request.path, body)
            return Response(json.dumps(document), status, content_type="application/json")
        status, headers, content = self._response.dispatch(dict(request.headers), body)
        return Response(content, status, headers)


def object_store(endpoint_url: str) -> ObjectStore:
    """S3 at that endpoint, with the environment's credentials."""
    # A local S3 has no names in DNS for its buckets.
    config = Config(s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=endpoint_url, region_name=REGION, config=config)


def role_check(endpoint_url: str) -> Callable[[str], bool]:
    """Whether IAM at that endpoint knows a role of exactly this ARN."""
    iam = boto3.client("iam", endpoint_url=endpoint_url, region_name=REGION)

    def exists(arn: str) -> bool:
        try:
            found = iam.get_role(RoleName=arn.rpartition("/")[2])
        except ClientError:
            return False
        return bool(found["Role"]["Arn"] == arn)

    return exists


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT)
    parser.add_argument("--s3-endpoint", help="where jobs read and write; without: they do neither")
    parser.add_argument(
        "--iam-endpoint", help="where jobs' roles are looked up; without: all exist"
    )
    for verb in ("create", "update", "delete"):
        default = getattr(DEFAULTS, f"{verb}_s")
        parser.add_argument(f"--{verb}-s", type=float, default=default, help="seconds it takes")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    options = parsed(arguments)
    s3 = object_store(options.s3_endpoint) if options.s3_endpoint else None
    exists = role_check(options.iam_endpoint) if options.iam_endpoint else any_role_exists
    backend = PersonalizeBackend(
        clock=time.time,
        s3=s3,
        role_exists=exists,
        account=options.account,
        defaults=Plan(
            create_s=options.create_s, update_s=options.update_s, delete_s=options.delete_s
        ),
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with EmulatorServer(backend, port=options.port) as server:
        print(server.url, flush=True)
        ended.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
