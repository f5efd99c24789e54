"""A web server of pictures on loopback, as somebody's own: each of its own colour, and one text."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import urlsplit

from PIL import Image

WIDTH, HEIGHT = 40, 30


def png(n: int) -> bytes:
    """The N-th picture; every tenth has the content of the first."""
    out = BytesIO()
    shade = 0 if n % 10 == 0 else n % 256
    Image.new("RGB", (WIDTH, HEIGHT), (shade, 100, 200)).save(out, "PNG")
    return out.getvalue()


class _Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = urlsplit(self.path).path.rpartition("/")[2]
        is_text = name.endswith(".txt")
        content = b"These are my notes.\n" if is_text else png(int(name.partition(".")[0]))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if is_text else "image/png")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def pictures() -> Iterator[str]:
    """Where it listens: http://127.0.0.1:port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
