"""The edge: what is hostile is refused before it costs memory; it knows no resource and no rule of work."""

from app.web.edge.bodies import body_pieces, read_body
from app.web.edge.compression import Compression
from app.web.edge.guards import Guard
from app.web.edge.protocols import Protocol, protocol_of
from app.web.edge.refusals import Limits, Log, Refused, document_of
from app.web.edge.servers import NotStarted, serve

__all__ = [
    "Compression",
    "Guard",
    "Limits",
    "Log",
    "NotStarted",
    "Protocol",
    "Refused",
    "body_pieces",
    "document_of",
    "protocol_of",
    "read_body",
    "serve",
]
