"""Measures pages of the dashboard beside the size of what they show: `make bench-pages`.

The table of entries on datasets of each size: how long until its HTML is there, by one client; and as a
Chromium that keeps nothing from before sees it: first paint, and the bytes of all but pictures.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser

from bench import data, databases
from bench.rows import OWNERS_KEY
from tests.dashboard import chromium

ROOT = Path(__file__).parents[1]
ROUNDS = 25
ADDRESSES = ("", "?filter[status__in]=ready", "?filter[wf_step]=annotate", "?filter[assigned_to_id]=null")
PAINT = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(one => one.initiatorType !== "img").reduce((sum, one) => sum + one.encodedBodySize, 0)
})"""


def main(sizes: list[int]) -> int:
    path = chromium.found()
    if path is None:
        print(chromium.ABSENT, file=sys.stderr)
        return 1
    with databases.opened("sqlite") as store, chromium.launched(path) as browser, chromium.at_work():
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                _, found = store.filled(data.for_sizes(size), lambda count: None, Path(folder))
                with served(folder) as url:
                    tell(size, url, found.main, browser)
    return 0


@contextmanager
def served(folder: str) -> Iterator[str]:
    command = [sys.executable, "-m", "app", "serve", "--data", folder, "--port", "0"]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **options) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().removeprefix("listening on ").strip()
        finally:
            process.terminate()


def tell(size: int, url: str, dataset: str, browser: Browser) -> None:
    with httpx2.Client(base_url=url) as client:
        client.post("/ui/sign-in", data={"key": OWNERS_KEY})
        for address in ADDRESSES:
            path = f"/ui/datasets/{dataset}/entries{address}"
            print(f"{size:>9,} entries, {address or 'no filter':<32} {1000 * seconds(client, path):7.1f} ms")
    for name, path in (("table", f"/ui/datasets/{dataset}/entries"), ("first page", "/ui/projects")):
        seen = [look(browser, url, path) for _ in range(5)]
        paint = statistics.median(one["paint"] for one in seen)
        print(f"{size:>9,} entries, {name}: first paint {paint:.0f} ms, {seen[0]['bytes']:,} bytes")


def seconds(client: httpx2.Client, path: str) -> float:
    """The median."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(path)
        found.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
    return statistics.median(found)


def look(browser: Browser, url: str, path: str) -> Mapping[str, float]:
    """What a browser that has been nowhere sees."""
    context = browser.new_context(base_url=url)
    context.request.post("/ui/sign-in", form={"key": OWNERS_KEY})
    page = context.new_page()
    page.goto(path, wait_until="networkidle")
    seen: Mapping[str, float] = page.evaluate(PAINT)
    context.close()
    return seen


if __name__ == "__main__":
    sys.exit(main([int(one) for one in sys.argv[1:]] or [1_000, 1_000_000]))
