"""The Chromium that the journeys are made in: the machine's own. As a program: says if there is none."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ABSENT = (
    "The browser journeys of the dashboard do not run: there is no Chromium on the path. "
    "Install one (Debian and Ubuntu: apt-get install chromium), or name it in POSTIL_CHROMIUM."
)
# It looks nothing up outside, and runs as root in a container.
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--force-prefers-reduced-motion",
]


def found() -> str | None:
    """Where it is; None where there is none."""
    named = os.environ.get("POSTIL_CHROMIUM")
    if named and Path(named).exists():
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """A browser. Its loop is set aside: use it `at_work`."""
    playwright = sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
    _loops.append(_set_aside())
    try:
        yield browser
    finally:
        with at_work():
            browser.close()
            playwright.stop()
        _loops.clear()


# Playwright lets its event loop wait in the middle of a step as long as nobody asks it for something. To
# asyncio that loop then runs in this thread, and a test that runs one of its own would be refused.
_loops: list[Any] = []


@contextmanager
def at_work() -> Iterator[None]:
    """The loop of the browser, where one is launched, runs meanwhile."""
    resume()
    try:
        yield
    finally:
        _set_aside()


def resume() -> None:
    """The loop of the browser that is launched runs from now on."""
    if _loops:
        asyncio._set_running_loop(_loops[0])


def _set_aside() -> Any:
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    return loop


if __name__ == "__main__" and found() is None:
    print(ABSENT, file=sys.stderr)
