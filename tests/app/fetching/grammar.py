"""A grammar of URLs that lead inside: every spelling of an address in every dress. Nothing is fetched here.

`hostile.py` has the odd cases by hand; here are the combinations, by thousands.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from itertools import cycle, islice, product
from urllib.parse import quote

LOOPBACK = ("127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0")
INSIDE = (*LOOPBACK, "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200")
WIDE, CIRCLED, BOLD = (
    str.maketrans("0123456789", "".join(map(chr, numbers)))
    for numbers in (range(0xFF10, 0xFF1A), (0x24EA, *range(0x2460, 0x2469)), range(0x1D7CE, 0x1D7D8))
)
DOTS = ("\u3002", "\uff0e", "\uff61", "\u2024", "%2e", "%2E", "%252e")
# Names that a hostile resolver answers with what it likes; each address is put in by {0}, with dashes {1}.
NAMES = (
    "{0}.rebound.example.org",
    "{1}.rebound.example.org",
    "a.{0}.example.org",
    "localhost.{1}.example.org",
    "xn--{1}-9ya.example.org",
    "_{1}_.example.org",
)
PLAIN = ("http://{host}:{port}/", "https://{host}:{port}/", "HTTP://{host}:{port}/?x", "http://{host}/")
DRESSES = (
    *PLAIN,
    "http://user:word@{host}:{port}/",
    "http://example.org@{host}:{port}/",
    "http://example.org:80@{host}:{port}/",
    "http://example.org%40{host}:{port}/",
    "http://example.org\\@{host}:{port}/",
    "http://{host}:{port}\\@example.org/",
    "http://{host}:{port}\\.example.org/",
    "http:\\\\{host}:{port}/",
    "http:/{host}:{port}/",
    "http:///{host}:{port}/",
    "http://{host}:{port}#@example.org/",
    "http://{host}:{port}?@example.org/",
    "http://\t{host}:{port}/",
    "http://{host}\t:{port}/",
    "ht\ttp://{host}:{port}/",
    "http://{host}:0{port}/",
    "http://{host}:+{port}/",
    "http://{host}:{port}%20/",
    "http://{host}%00.example.org:{port}/",
    "http://{host}%09:{port}/",
    "http://{host}%2f@example.org:{port}/",
    "http://{host}:{port} /",
    "//{host}:{port}/",
    "ftp://{host}:{port}/",
    "gopher://{host}:{port}/_x",
    "dict://{host}:{port}/x",
    "ws://{host}:{port}/",
    "url:http://{host}:{port}/",
)


def urls(port: int, further: Sequence[str] = ()) -> Iterator[str]:
    """URLs that are to be refused by what they say: each leads to PORT, or to that of its scheme.

    FURTHER are IPv4 addresses that lead inside here.
    """
    spelled = [one for address in (*INSIDE, *further) for one in _spellings(address)]
    for host, dress in product(spelled, PLAIN[:2]):
        yield dress.format(host=host, port=port)
    # Each dress on many hosts, without all the products.
    for dress in DRESSES:
        for host in islice(cycle(spelled), len(dress), len(dress) + 5 * len(DRESSES)):
            yield dress.format(host=host, port=port)


def names() -> Iterator[str]:
    """Hosts that are spelled as public names are, wherever their resolver leads."""
    for address, name in product(INSIDE, NAMES):
        yield name.format(address, address.replace(".", "-"))


def _spellings(address: str) -> Iterator[str]:
    yield from _spellings_4(address)
    yield from _spellings_6(address)


def _spellings_4(address: str) -> Iterator[str]:
    number = int(IPv4Address(address))
    parts = address.split(".")
    yield address
    for one in (number, number + (1 << 32)):
        yield from (f"{one}", f"0{one:o}", f"0000{one:o}", f"0x{one:x}", f"0X{one:X}", f"0x00{one:x}")
    for radices in product(("{}", "0{:o}", "0x{:x}"), repeat=4):
        yield ".".join(radix.format(int(part)) for radix, part in zip(radices, parts, strict=True))
    for count in (2, 3):  # the last part is of 24 or 16 bits
        head, last = parts[: count - 1], number & ((1 << (8 * (5 - count))) - 1)
        for radix in ("{}", "0{:o}", "0x{:x}"):
            yield ".".join([*(radix.format(int(part)) for part in head), radix.format(last)])
            yield ".".join([*head, radix.format(last)])
    yield ".".join(f"{int(part):03}" for part in parts)
    yield from (f"{address}.", f"{address}..", f".{address}", f"{number}.")
    for table in (WIDE, CIRCLED, BOLD):
        yield from (address.translate(table), str(number).translate(table))
    yield from (address.replace(".", dot) for dot in DOTS)
    yield from ("".join(f"%{ord(letter):02x}" for letter in address), quote(f"%{ord(address[0]):02x}"))


def _spellings_6(address: str) -> Iterator[str]:
    number = int(IPv4Address(address))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    teredo = number ^ 0xFFFFFFFF
    for before in ("::ffff:", "::FFFF:", "0:0:0:0:0:ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"):
        yield from (f"[{before}{address}]", f"[{before}{high}:{low}]")
    yield f"[64:ff9b:1:{high}:{low}::]"
    yield from (f"[2002:{high}:{low}::]", f"[2002:{high}:{low}::1]")
    yield f"[2001:0:{high}:{low}::]"
    yield f"[2001:0:4136:e378:8000:63bf:{teredo >> 16:x}:{teredo & 0xFFFF:x}]"
    yield f"[fe80::5efe:{address}]"
    yield f"[fe80::{high}:{low}%25lo]"
    yield from (f"[fc00::{high}:{low}]", f"[fd00:ec2::{low}]", f"[fec0::{high}:{low}]", f"[ff02::{low}]")
    for one in ("::1", "::", "0:0:0:0:0:0:0:1", "0000:0000::0001"):
        yield from (f"[{one}]", f"[{one}%25lo]", f"[{one}%lo]", f"[{one}", f"{one}]", f"[[{one}]]")
    yield from (f"[{address}]", f"[{number}]")
