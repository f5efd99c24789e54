"""The Chromium that the journeys are made in: the machine's own. As a program: says if there is none."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__" and found() is None:
    print(ABSENT, file=sys.stderr)
