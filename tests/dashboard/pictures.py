"""Takes the pictures that the README shows, of the sample's own dashboard: `make pictures`."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, ViewportSize

from tests.campaigns.serving import environment
from tests.dashboard import chromium

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
SIZE = ViewportSize(width=1200, height=750)
BEGIN, END = "<!-- pictures: make pictures -->\n", "<!-- end of pictures -->\n"


def main() -> int:
    path = chromium.found()
    if path is None:
        print(chromium.ABSENT, file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, key):
        shown = shots(url, key)
        with chromium.launched(path) as browser, chromium.at_work():
            context = browser.new_context(base_url=url, viewport=SIZE, color_scheme="light")
            context.request.post("/ui/sign-in", form={"key": key})
            for name, (about, address) in shown.items():
                take(context.new_page(), address, FOLDER / f"{name}.jpg")
                print(f"{name}: {about}")
    write({name: about for name, (about, _) in shown.items()})
    return 0


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """The sample, served at an address, and the key of its owner."""
    program, place = [sys.executable, "-m", "app"], ["--data", str(folder)]
    options: dict[str, Any] = {"cwd": ROOT, "env": environment(), "text": True}
    for verb in ("migrate", "demo"):
        made = subprocess.run([*program, verb, *place], check=True, capture_output=True, **options)
    options |= {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*program, "serve", *place, "--port", "0"], **options) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().removeprefix("listening on ").strip()
            yield url, made.stdout.split()[-1]
        finally:
            process.terminate()


def shots(url: str, key: str) -> Mapping[str, tuple[str, str]]:
    """The pages, by the name of their picture: what each shows, and its address."""

    def first(path: str) -> str:
        answer = httpx2.get(f"{url}{path}", headers={"Authorization": f"Bearer {key}"})
        return str(answer.json()["data"][0]["id"])

    dataset = first("/datasets?filter[name]=Photographs")
    entry = first("/entries?filter[external_id]=coffee")
    return {
        "dataset": ("A dataset: what stands where, and how it goes on", f"/ui/datasets/{dataset}"),
        "entry": ("An entry: its picture, annotations and notes", f"/ui/entries/{entry}"),
        "review": ("A review: two revisions side by side", f"/ui/entries/{entry}/review"),
        "data": ("The entries, by the API's own filters", f"/ui/datasets/{dataset}/entries"),
    }


def take(page: Page, address: str, path: Path) -> None:
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=path, type="jpeg", quality=85)
    page.close()


def write(pictures: Mapping[str, str]) -> None:
    """Let the README show PICTURES: names with what they show."""
    cell = '<a href="{0}"><img src="{0}" alt="{1}"></a>'
    cells = [cell.format(f"docs/pictures/{name}.jpg", about) for name, about in pictures.items()]
    rows = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    table = "| | |\n|---|---|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
