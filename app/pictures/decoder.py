"""Decodes pictures in a child process with limits: what a picture does to its decoder happens there.

The child is started for the first picture, used again, and replaced after some hundreds or after a failure.
It is a program of its own and no fork, which would copy the locks of our threads. It is given neither
settings nor files, and talks in raw bytes.
"""

import os
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from typing import NamedTuple

from app.errors import Unavailable
from app.pictures.headers import Header, header_of, stored_size
from app.pictures.refusals import not_an_image, too_large

LONGEST = 512  # pixels of a thumbnail's longer side
LARGEST_BYTES = 64 << 20  # that a picture may have
MEMORY = 1 << 30  # bytes of addresses for the child: 50 million pixels of 8 bytes, twice, and Python
SECONDS = 10  # of computing that a picture is worth
STARTING = 60.0  # seconds for which the child is waited for
PATIENCE = 30.0  # seconds for which a picture is waited for
RENEWED = 500  # pictures that one child decodes

_CHILD = Path(__file__).with_name("child.py")
_ASK = struct.Struct(">BQ")
_HEAD = struct.Struct(">BIII")
_WHOLE, _TOO_LARGE = 0, 2
_Answer = tuple[int, int, int, bytes]  # status, width, height, thumbnail
_LARGEST_ANSWER = 4 << 20  # bytes: what answers more is not our child any more


class Decoded(NamedTuple):
    """A picture that is whole: its header, and a thumbnail of it, JPEG or PNG."""

    header: Header
    thumbnail: bytes


class Decoder:
    """Decodes one picture after the other, for any thread."""

    def __init__(
        self,
        *,
        memory: int = MEMORY,
        seconds: int = SECONDS,
        patience: float = PATIENCE,
        child: Path = _CHILD,
    ) -> None:
        self._command = [sys.executable, "-I", str(child), str(LONGEST), str(memory), str(seconds)]
        self._patience = patience
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = lambda: None
        self._left = 0  # pictures that the child will still be given
        self._has_crashed = False  # the last that did not answer, of itself and not for its limits

    def decode(self, content: bytes) -> Decoded:
        """What CONTENT is. Raises Invalid: `not_an_image`, `image_too_large`.

        Raises Unavailable where no picture can be decoded now.
        """
        header = header_of(content)
        if len(content) > LARGEST_BYTES:
            raise too_large(f"a picture has at most {LARGEST_BYTES:,} bytes")
        with self._lock:
            answer = self._asked(content, header.orientation)
        if answer is None:  # the child is gone: it crashed over the picture, or took too much
            raise not_an_image()
        status, width, height, thumbnail = answer
        if status == _TOO_LARGE:
            raise too_large("the picture takes too much memory to be decoded")
        if status != _WHOLE or (width, height) != stored_size(header):
            raise not_an_image()
        return Decoded(header, thumbnail)

    def close(self) -> None:
        """End the child. The next picture starts another."""
        with self._lock:
            self._stop()

    def _asked(self, content: bytes, orientation: int) -> _Answer | None:
        """What the child answers; None where it did not, though it was a fresh one where it crashed."""
        is_fresh = self._child is None
        answer = self._tried(content, orientation)
        if answer is None and self._has_crashed and not is_fresh:  # what came before may have hurt it
            answer = self._tried(content, orientation)
        return answer

    def _tried(self, content: bytes, orientation: int) -> _Answer | None:
        child = self._running()
        self._left -= 1
        assert child.stdin
        assert child.stdout
        with _killed_after(self._patience, child), suppress(OSError):  # its pipe breaks
            child.stdin.write(_ASK.pack(orientation, len(content)))
            child.stdin.write(content)
            child.stdin.flush()
            head = child.stdout.read(_HEAD.size)
            if len(head) == _HEAD.size:
                status, width, height, length = _HEAD.unpack(head)
                thumbnail = child.stdout.read(length) if length <= _LARGEST_ANSWER else b""
                if len(thumbnail) == length:
                    return status, width, height, thumbnail
        child.kill()  # no more than a formality where it has crashed
        self._has_crashed = child.wait() not in (-SIGKILL, -SIGXCPU)
        self._stop()
        return None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None or self._left <= 0 or self._child.poll() is not None:
            self._stop()
            try:
                self._child = child = _started(self._command)
            except OSError as error:
                raise _unavailable() from error
            self._end = weakref.finalize(self, _ended, child)
            self._left = RENEWED
            with _killed_after(STARTING, child):
                assert child.stdout
                is_ready = child.stdout.read(1) != b""
            if not is_ready:
                self._stop()
                raise _unavailable()
        return self._child

    def _stop(self) -> None:
        self._child = None
        self._end()


@contextmanager
def _killed_after(seconds: float, child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """CHILD is killed where what is done within takes longer; whoever reads from it reads its end then."""
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _unavailable() -> Unavailable:
    return Unavailable("no picture can be decoded now", code="decoder_unavailable")


def _started(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
        start_new_session=True,  # the signal that ends the service does not end it in the middle
    )


def _ended(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.communicate()  # closes its pipes, and waits
