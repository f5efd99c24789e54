"""URLs that lead inside, however they are spelled. PORT is where the tripwire listens."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

# Loopback and metadata, as resolvers of some system read them; one a line, some characters escaped.
_TEXT = (Path(__file__).parent / "hostile_hosts.txt").read_text(encoding="utf-8")
HOSTS = tuple(line.replace("\\t", "\t").replace("\\u00ad", "\u00ad") for line in _TEXT.splitlines())

# What may stand between the scheme and the host, or after it, to be read in two ways.
DRESSES = (
    "http://{host}:{port}/",
    "https://{host}:{port}/",
    "http://user:word@{host}:{port}/",
    "http://example.org@{host}:{port}/",
    "http://{host}:{port}#@example.org/",
    "http://{host}:{port}?@example.org/",
)
ODD = (
    "http://example.org:80@{at}/",
    "http://example.org%2f@{at}/",
    "http://example.org\\@{at}/",
    "http://{at}\\@example.org/",
    "http:\\\\{at}/",
    "http:/{at}/",
    "http:{at}/",
    "http:///{at}/",
    "//{at}/",
    "{at}",
    " http://{at}/",
    "http://{at}/ ",
    "\x00http://{at}/",
    "ht\ntp://{at}/",
    "http://\n{at}/",
    "http://{at}\r\nHost: example.org/",
    "http://@{at}/",
    "http://:@{at}/",
    "http://[{at}]/",
    "http://{at}:80/",
    "http://{at}:/",
    "url:http://{at}/",
    "jar:http://{at}!/",
    "gopher://{at}/_x",
    "ftp://{at}/",
    "file:///etc/passwd",
    "dict://{at}/",
    "ldap://{at}/",
    "ws://{at}/",
    "unix:///tmp/socket",
    "http+unix://%2ftmp%2fsocket/",
    "data:text/plain,x",
    "http://",
    "http:///",
    "",
    "http://example.org:0/",
    "http://example.org:22/",
    "http://example.org:65616/",
    "http://example.org:-80/",
    "http://example.org:\uff18\uff10/",
    "http://example.org:080000000000/",
    "http://example..org/",
    "http://.example.org/",
    "http://example.org./",
    "http://" + "a" * 64 + ".org/",
    "http://example.org/" + "a" * 5000,
)


def hostile_urls(port: int) -> Iterator[str]:
    """Each is to be refused, and nothing may come to 127.0.0.1:PORT or [::1]:PORT."""
    for host, dress in product(HOSTS, DRESSES):
        yield dress.format(host=host, port=port)
    for host, scheme in product(HOSTS, ("http", "https")):
        yield f"{scheme}://{host}/"
    for odd in ODD:
        yield odd.format(at=f"127.0.0.1:{port}")
