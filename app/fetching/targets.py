"""From the text of a URL to the place it names, by one strict reading: what is spelled oddly is refused.

Two parsers that read one URL differently are how guards are passed, so what is connected to is what was read
here, and nothing is handed on to be read again.
"""

import re
import socket
from collections.abc import Set
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urljoin

from app.fetching.addresses import is_public
from app.fetching.failures import UrlNotAllowed

LONGEST_URL = 4096  # characters
PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?"
)
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f\\]")
_INSIDE = re.compile(
    r"[^.]+|.*\.(?:localhost|local|localdomain|internal|intranet|lan|home|home\.arpa|corp|svc|test)"
)


@dataclass(frozen=True)
class Target:
    """The place that a URL names. HOST is a name or an address, in lower case and without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query, percent-encoded
    is_private_allowed: bool

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def hosts_of(text: str) -> frozenset[str]:
    """The hosts that TEXT lists by comma, as a target spells them."""
    return frozenset(_plain(name.strip()) for name in text.split(",") if name.strip())


def target_of(url: str, private_hosts: Set[str] = frozenset(), ports: Set[int] = frozenset()) -> Target:
    """The place that URL names, without asking for its addresses. Raises UrlNotAllowed.

    PRIVATE_HOSTS may be private, and on any port; others are public, on PORTS or the schemes' own.
    """
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL and not _NOT_IN_URL.search(url) else None
    if not found:
        raise UrlNotAllowed("a URL is expected, such as https://example.org/path, without a name or password")
    scheme, host = found["scheme"].lower(), _plain(found["host"])
    if scheme not in PORTS:
        raise UrlNotAllowed("only http and https are spoken")
    port = int(found["port"]) if found["port"] else PORTS[scheme]
    is_private_allowed = host in private_hosts
    if not 0 < port < 65536 or (not is_private_allowed and port not in (ports or PORTS.values())):
        raise UrlNotAllowed("the port is not allowed: it is 80 or 443")
    _check_host(host, is_private_allowed)
    path = quote((found["path"] or "/") + (found["query"] or ""), safe="/?%:@!$&'()*+,;=-._~[]|")
    return Target(scheme, host, port, path, is_private_allowed)


def redirect_of(target: Target, location: str) -> str:
    """The URL that LOCATION, in an answer from TARGET, names."""
    return urljoin(target.url, location)


def _check_host(host: str, is_private_allowed: bool) -> None:
    if (address := _address_of(host)) is not None:
        if address != host:
            raise UrlNotAllowed("the address is spelled oddly: write it as 192.0.2.1 or [2001:db8::1]")
        if not is_private_allowed and not is_public(address):
            raise UrlNotAllowed("the address is not public")
        return
    labels = host.split(".")
    if not all(labels) or any(len(label) > 63 for label in labels):
        raise UrlNotAllowed("the host is no name")
    if not is_private_allowed and _INSIDE.fullmatch(host):
        raise UrlNotAllowed("the host is not public")


def _address_of(host: str) -> str | None:
    """The address that HOST spells, as the system's resolver reads it (0x7f.1 is one); None for a name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        # A last label of digits is an address to some resolvers, and to none a name (RFC 3696, 2).
        last = host.rpartition(".")[2]
        return "" if last.isdigit() or last.startswith("0x") or ":" in host else None
    return str(found[0][4][0])


def _plain(host: str) -> str:
    """HOST in lower case; an IPv6 address without brackets, in its short form."""
    bare = host.lower().removeprefix("[").removesuffix("]")
    if ":" in bare:
        try:
            return str(ip_address(bare))
        except ValueError:
            return bare
    return bare
