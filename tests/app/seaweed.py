"""A real S3 server for tests, SeaweedFS, on loopback: it checks signatures."""

import json
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

HOST = "127.0.0.1"
BUCKET = "postil"
KEY_ID, SECRET = "tester", "what-only-testers-know"
PORTS = range(20_000, 32_000)  # below those that systems give out
PATIENCE = 60  # seconds
SERVICES = ("master", "volume", "filer", "s3")


@contextmanager
def seaweed(folder: Path) -> Iterator[Mapping[str, str]]:
    """A server that keeps in FOLDER, with an empty bucket: the environment in which it is found."""
    ports = iter(free_ports(2 * len(SERVICES)))
    pairs = {name: (next(ports), next(ports)) for name in SERVICES}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(_command(folder, pairs), stdout=log, stderr=log, cwd=folder)
    try:
        _await(f"http://{HOST}:{pairs['s3'][0]}/", "GET", {403}, server)
        _await(f"http://{HOST}:{pairs['filer'][0]}/buckets/{BUCKET}/", "POST", {201}, server)
        yield {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{pairs['s3'][0]}",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }
    finally:
        server.kill()  # asked politely, it takes 20 seconds
        server.wait()


def _command(folder: Path, pairs: Mapping[str, tuple[int, int]]) -> list[str]:
    identity = {
        "name": KEY_ID,
        "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    said = {"dir": folder / "data", "ip": HOST, "ip.bind": HOST, "filer": "true", "s3": "true"}
    said |= {"s3.config": folder / "s3.json", "s3.iam": "false", "s3.port.iceberg": 0, "s3.port.lance": 0}
    said |= {"master.volumeSizeLimitMB": 64, "volume.max": 16, "master.telemetry": "false"}
    for name, (port, remote) in pairs.items():
        said |= {f"{name}.port": port, f"{name}.port.grpc": remote}
        if name in ("filer", "s3"):
            said[f"{name}.localSocket"] = f"{name}.sock"
    program = Path(sys.executable).with_name("weed")
    return [str(program), "server", *(f"-{name}={value}" for name, value in said.items())]


def _await(url: str, method: str, wanted: set[int], server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while (found := _status_of(url, method)) not in wanted:
        assert server.poll() is None, "the server has ended"
        assert time.monotonic() < until, f"{method} {url} answers {found}"
        time.sleep(0.05)


def _status_of(url: str, method: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on now."""
    found: list[int] = []
    with ExitStack() as stack:
        for port in random.sample(PORTS, len(PORTS)):  # another test run looks at the same time
            if len(found) == count:
                return found
            probe = stack.enter_context(socket.socket())
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            found.append(port)
    raise OSError("no port is free")
