"""JSON-RPC 2.0 over every card: `/annotations/_rpc` and its like, and `/_rpc` with dotted names.

The protocol is the package `rpc`'s; here stand the methods, and what their failures are called.
"""

from app.web.jsonrpc.discovery import DISCOVER, needed, part_of
from app.web.jsonrpc.faults import CODES, UNAVAILABLE
from app.web.jsonrpc.flat import flat_of
from app.web.jsonrpc.methods import VERBS, methods_of
from app.web.jsonrpc.routes import routes_of

__all__ = [
    "CODES",
    "DISCOVER",
    "UNAVAILABLE",
    "VERBS",
    "flat_of",
    "methods_of",
    "needed",
    "part_of",
    "routes_of",
]
