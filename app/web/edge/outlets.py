"""The writing half of a connection: closes so that the answer arrives, and gives up on who does not read."""

import asyncio
from collections.abc import Callable
from math import inf

from uvicorn.protocols.http.flow_control import FlowControl

from app.web.edge.refusals import Limits


class Outlet(asyncio.Transport):
    """Stands for INNER towards uvicorn. IS_SENDING tells whether the client is in the middle of a message."""

    def __init__(
        self, inner: asyncio.Transport, flow: FlowControl, limits: Limits, is_sending: Callable[[], bool]
    ) -> None:
        super().__init__()
        self.inner = inner
        self.flow = flow
        self.limits = limits
        self.is_sending = is_sending
        self.loop = asyncio.get_running_loop()
        self.lingering = False
        self.due = inf  # when the client must have read something, in the loop's time
        self.unsent = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.inner.write(data)

    def is_closing(self) -> bool:
        return self.lingering or self.inner.is_closing()

    def close(self) -> None:
        """Ends the connection once all is written.

        A client that is still sending is read, and dropped, for a moment: a socket closed with bytes unread
        resets the connection, and the client would lose its answer (RFC 9112, 9.6).
        """
        if self.is_closing():
            return
        if self.is_sending() and self.inner.can_write_eof():
            self.lingering = True
            self.flow.resume_reading()
            self.inner.write_eof()
            self.loop.call_later(self.limits.linger_seconds, self.inner.close)
        else:
            self.inner.close()
        # Too little to pause writing may be left, and close() waits for it without end.
        self.expect_reading()

    def expect_reading(self) -> None:
        self.unsent = self.inner.get_write_buffer_size()
        self.due = self.loop.time() + self.limits.write_seconds if self.unsent else inf

    def give_up_on_stalled(self, now: float) -> None:
        """Cuts the connection when none of what waited a whole write_seconds ago has been read since."""
        if now < self.due:
            return
        if self.inner.get_write_buffer_size() < self.unsent:
            self.expect_reading()
        else:
            self.due = inf
            self.inner.abort()
