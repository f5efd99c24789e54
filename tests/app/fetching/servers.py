"""Small real servers for the tests of what goes out."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class Tripwire:
    """Listens on loopback, on one port of both families, and counts who comes.

    With IS_WIDE it listens at the machine's own private address too, where it has one.
    """

    def __init__(self, *, is_wide: bool = False) -> None:
        self.visits: list[Any] = []
        self.addresses = ["127.0.0.1"]
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        if socket.has_dualstack_ipv6():
            self._listen("::1", socket.AF_INET6)
        if is_wide and (address := own_address()) is not None:
            self._listen(address, socket.AF_INET)
        for one in self._sockets:
            threading.Thread(target=self._watch, args=(one,), daemon=True).start()

    def _listen(self, address: str, family: socket.AddressFamily) -> None:
        self._sockets.append(socket.create_server((address, self.port), family=family))
        self.addresses.append(address)

    def _watch(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, peer = listening.accept()
            except OSError:
                return
            self.visits.append(peer)
            connection.close()

    def close(self) -> None:
        for one in self._sockets:
            one.shutdown(socket.SHUT_RDWR)
            one.close()


def own_address() -> str | None:
    """The machine's own IPv4 address towards others, where it is not public; None: it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.41.0.4", 9))  # sends nothing: it asks for the way
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if ip_address(address).is_global or address.startswith("127.") else address


@contextmanager
def serving(answer: Answer, *, is_held_back: bool = False) -> Iterator[int]:
    """The port of a server on loopback that answers every request by ANSWER.

    IS_HELD_BACK: what it writes is sent once it has returned.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1 if is_held_back else 0

        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:
                self.close_connection = True  # the client had enough

        do_POST = do_GET

        def log_message(self, *given: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # the client had enough, or was killed

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int = 200, body: bytes = b"ok", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
