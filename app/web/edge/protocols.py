"""HTTP/1.1 on one connection, within limits of size and time, around uvicorn's httptools; knows no app."""

import asyncio
from enum import Enum, auto
from math import inf
from typing import ClassVar, NoReturn
from uuid import uuid4

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.web.edge.outlets import Outlet
from app.web.edge.refusals import (
    CLOSE,
    SECURITY,
    Limits,
    Log,
    Refused,
    document_of,
    headers_too_large,
    request_malformed,
    request_timeout,
    uri_too_long,
)

REQUEST_LINE = 64  # bytes of method, version and line ends, which no limit counts


class Phase(Enum):
    """Where in a message the client is."""

    NEW = auto()  # nothing was ever sent
    HEAD = auto()
    BODY = auto()
    IDLE = auto()  # between messages: uvicorn's keep-alive timer rules


NEW, HEAD, BODY, IDLE = Phase  # in Python 3.11 a global costs a third of an enum's attribute


class Protocol(HttpToolsProtocol):
    """One connection. httptools itself has no limit on a head, and waits for ever."""

    limits: ClassVar[Limits] = Limits()
    log: ClassVar[Log] = staticmethod(lambda *_, **__: None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.outlet = Outlet(transport, self.flow, self.limits, self._is_sending)
        self.transport = self.outlet
        self.verdict: Refused | None = None  # once set, nothing more is read
        self.phase = NEW
        self.unread = 0  # bytes since the parser last came on by a head, a piece of body or a message
        self.arrived = self.spilled = 0  # bytes of body: in this window; after its answer
        self.held = False  # whether we, not the client, held the body up in this window
        self.now = self.loop.time()
        self.due = self.now + self.limits.head_seconds  # when the client must have sent what it began
        # One timer a connection, which looks at two due times: none is made or cancelled per request.
        self.period = min(self.limits.head_seconds, self.limits.body_seconds, self.limits.write_seconds)
        self.watch = self.loop.call_later(self.period, self._watch)

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.outlet.expect_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.outlet.due = inf

    # What the client sends

    def data_received(self, data: bytes) -> None:
        if self.verdict is not None or self.outlet.lingering:
            return
        self._unset_keepalive_if_required()
        self.now = self.loop.time()
        self.unread += len(data)
        # Here, not in on_message_begin: empty lines before a head begin no message, and could come for ever.
        if self.phase is IDLE or self.phase is NEW:
            self._begin_head()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            # Answered as if it had not asked; what follows may be in another protocol and is never parsed.
            self.cycle.keep_alive = False
        except HttpParserError:
            self._refuse(self.verdict or request_malformed("The request is not valid HTTP/1.1."))
        else:
            if self.unread > self.limits.uri + self.limits.headers + REQUEST_LINE:
                self._refuse(headers_too_large(self.limits))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.phase is not HEAD:
            self._begin_head()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.uri:
            self._stop(uri_too_long(self.limits.uri))

    def on_header(self, name: bytes, value: bytes) -> None:
        # uvicorn's own lines, without a call to them for every field. Bytes are counted raw above and exactly
        # by the Guard; fields are counted here, for they cost 50 times their size.
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        if len(self.headers) > self.limits.header_fields:
            self._stop(headers_too_large(self.limits))

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= self.limits.pipelined:
            self._stop(request_malformed("Too many requests wait on this connection."))
        super().on_headers_complete()
        self.headers = []  # for trailers, which are dropped: a running request must not get new headers
        self.phase = BODY
        self.unread = self.arrived = self.spilled = 0
        self.held = self.flow.read_paused
        self.due = self.now + self.limits.body_seconds

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self.unread = 0
        self.arrived += len(body)
        self.held = self.held or self.flow.read_paused
        if self.cycle.response_complete:
            self.spilled += len(body)
            if self.spilled > self.limits.spill:
                self.transport.close()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.phase = IDLE
        self.unread = 0
        self.due = inf

    def _begin_head(self) -> None:
        self.phase = HEAD
        self.due = self.now + self.limits.head_seconds

    # What is refused

    def _stop(self, refused: Refused) -> NoReturn:
        """Ends parsing from inside a callback: httptools turns what is raised there into its own error."""
        self.verdict = refused
        raise refused

    def _refuse(self, refused: Refused) -> None:
        """Answers REFUSED in its turn, after the requests that came before it, and closes."""
        self.verdict = refused
        self.due = inf
        self.flow.pause_reading()
        if self.phase is not BODY:
            self.phase = HEAD  # also where the first byte of a head was already wrong
            if self.cycle is None or self.cycle.response_complete:
                self._answer(refused)
        elif self.pipeline:
            self.pipeline.popleft()  # the newest: its body is broken, so it never runs
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._answer(None if self.cycle.response_started else refused)

    def on_response_complete(self) -> None:
        was_last = not self.pipeline
        super().on_response_complete()
        if self.verdict is not None and was_last:
            self._answer(self.verdict)

    def _answer(self, refused: Refused | None) -> None:
        """Writes past uvicorn, which has no request to answer, and closes; None where an answer has begun."""
        if refused is not None and not self.transport.is_closing():
            request_id = uuid4().hex
            headers, body = document_of(refused, request_id)
            headers += [*SECURITY, *self.server_state.default_headers, CLOSE]
            headers.append((b"x-request-id", request_id.encode()))
            lines = [b"%s: %s\r\n" % header for header in headers]
            self.transport.write(b"".join([STATUS_LINE[refused.status], *lines, b"\r\n", body]))
            self.log("refused", status=refused.status, code=refused.code, request_id=request_id)
        self.transport.close()

    # What takes too long

    def _watch(self) -> None:
        now = self.loop.time()
        self.outlet.give_up_on_stalled(now)
        if now >= self.due:
            self.due = inf
            self._judge(now)
        soonest = min(now + self.period, self.due, self.outlet.due)
        self.watch = self.loop.call_at(soonest, self._watch)

    def _judge(self, now: float) -> None:
        if self.phase is NEW or self.transport.is_closing():
            self.transport.close()  # browsers open connections ahead, and take an unasked 408 for an answer
        elif self.phase is HEAD or not self._has_come_on():
            self._refuse(request_timeout())
        else:
            self.arrived = 0
            self.held = self.flow.read_paused
            self.due = now + self.limits.body_seconds

    def _has_come_on(self) -> bool:
        return self.held or self.arrived >= self.limits.body_rate * self.limits.body_seconds

    def _is_sending(self) -> bool:
        return self.phase is HEAD or self.phase is BODY


def protocol_of(limits: Limits, log: Log) -> type[Protocol]:
    """A Protocol with LIMITS and LOG of its own: uvicorn makes the instances, and hands them neither."""
    return type("Protocol", (Protocol,), {"limits": limits, "log": staticmethod(log)})
