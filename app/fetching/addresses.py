"""Which addresses are public. Python's `is_global` is true for several that lead inside, so it is not enough.

What is refused beyond it: addresses that carry another (NAT64, 6to4, Teredo, IPv4-mapped), those that clouds
use inside, and all of IPv6 but global unicast (IANA special-purpose registries, RFC 6890).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_GLOBAL_UNICAST = ip_network("2000::/3")
_REFUSED_4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers, and by clouds for what is inside
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, on a public number
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_REFUSED_6 = tuple(
    ip_network(text)
    for text in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo, ORCHID, benchmarks and the like
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


def is_public(address: str) -> bool:
    """Whether ADDRESS, as the system's resolver gave it, lies on the public internet."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _REFUSED_4)
    return _is_public_6(parsed)


def _is_public_6(address: IPv6Address) -> bool:
    has_scope = address.scope_id is not None
    return (
        not has_scope and address in _GLOBAL_UNICAST and not any(address in network for network in _REFUSED_6)
    )
