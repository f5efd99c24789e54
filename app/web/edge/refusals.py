"""What the edge refuses, from which limit on, and the document that says so; knows no socket and no app."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Header = tuple[bytes, bytes]
Log = Callable[..., None]  # log(event, **fields), as structlog's loggers take it

SECURITY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
CLOSE: Header = (b"connection", b"close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on the edge refuses. Sizes are bytes on the wire, times seconds."""

    uri: int = 65_535  # 64 KiB less one: httptools' own URL parser counts in 16 bits
    headers: int = 32_768
    header_fields: int = 100
    head_seconds: float = 10  # from a head's first byte to its last; also for a connection that sends nothing
    body_seconds: float = 10  # the window in which a body must have come on by body_rate
    body_rate: int = 1_000  # bytes a second
    write_seconds: float = 30  # without one byte of the answer taken
    linger_seconds: float = 2  # how long a refused client may go on sending, unread, to learn why
    spill: int = 262_144  # what is read and dropped of a body after its answer is complete
    pipelined: int = 64  # requests that wait on one connection
    keep_alive_seconds: int = 5


class Refused(Exception):
    """A request not let in, and the answer to give: STATUS, a stable CODE, HEADER where one is at fault."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        headers: Iterable[Header] = (),
        header: str | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = tuple(headers)
        self.header = header


def document_of(refused: Refused, request_id: str) -> tuple[list[Header], bytes]:
    """Headers and JSON:API error document (https://jsonapi.org/format/#errors) that answer REFUSED."""
    error: dict[str, object] = {
        "id": request_id,
        "status": str(refused.status),
        "code": refused.code,
        "title": refused.title,
        "detail": refused.detail,
    }
    if refused.header is not None:
        error["source"] = {"header": refused.header}
    body = json.dumps({"errors": [error]}, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/vnd.api+json"),
        (b"content-length", b"%d" % len(body)),
        *refused.headers,
    ]
    return headers, body


def uri_too_long(limit: int) -> Refused:
    return Refused(414, "uri_too_long", "URI too long", f"The path and query exceed {limit} bytes.")


def headers_too_large(limits: Limits) -> Refused:
    detail = f"At most {limits.headers} bytes of headers in {limits.header_fields} fields are read."
    return Refused(431, "headers_too_large", "Headers too large", detail)


def host_invalid(detail: str) -> Refused:
    return Refused(400, "host_invalid", "Host not allowed", detail, header="Host")


def request_malformed(detail: str, header: str | None = None) -> Refused:
    return Refused(400, "request_malformed", "Malformed request", detail, header=header)


def request_timeout() -> Refused:
    return Refused(408, "request_timeout", "Request timed out", "The request arrived too slowly.")


def payload_too_large(limit: int) -> Refused:
    # The rest of the body stays unread: the connection is of no more use.
    detail = f"The body exceeds {limit} bytes; a compressed one counts as inflated."
    return Refused(413, "payload_too_large", "Payload too large", detail, (CLOSE,))


def unsupported_encoding() -> Refused:
    headers = ((b"accept-encoding", b"gzip, identity"), CLOSE)
    detail = "A body may be sent as it is or with gzip."
    return Refused(415, "unsupported_encoding", "Unsupported encoding", detail, headers, "Content-Encoding")


def body_encoding_invalid(detail: str) -> Refused:
    title = "Invalid body encoding"
    return Refused(400, "body_encoding_invalid", title, detail, (CLOSE,), "Content-Encoding")


def internal_error() -> Refused:
    return Refused(500, "internal_error", "Internal error", "The error was recorded under this id.")
