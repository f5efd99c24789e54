"""Behind a number stands the list of what it counts: as many records as it says."""

import re
from html import unescape

import pytest

from tests.app.dashboard.visitor import Visitor, signed_in
from tests.app.matrix.scenes.happenings import wait_for_feed
from tests.lab import Clock, Lab

CHART = re.compile(r"<figcaption>([^<]*)</figcaption>.*?<tbody>(.*?)</tbody>", re.DOTALL)
NUMBER = re.compile(r'<td class="number"><a href="([^"]*)">([\d,]+)</a></td>')


@pytest.fixture
def worked(timed_lab: Lab, clock: Clock) -> Lab:
    """A lab whose entries went on for some days."""
    lab = timed_lab
    entries = [lab.new_entry() for _ in range(4)]
    clock.move(days=1)
    for one in entries[:3]:
        lab.owner.post(f"/entries/{one}/submit")
        lab.annotator.post(f"/entries/{one}/select")
    clock.move(days=1)
    lab.annotator.post(f"/entries/{entries[0]}/submit")
    lab.owner.delete(f"/entries/{entries[3]}")
    clock.move(days=1)
    lab.new_entry()
    lab.reviewer.post(f"/entries/{entries[0]}/select")
    lab.reviewer.post(f"/entries/{entries[0]}/submit", {"data": {"attributes": {"approved": True}}})
    wait_for_feed(lab.house)
    return lab


def numbers_of(visitor: Visitor, path: str) -> dict[str, list[tuple[str, int]]]:
    """The addresses and numbers of each chart's table, by its title."""
    page = visitor.get(path).text
    return {
        title: [(unescape(href), int(text.replace(",", ""))) for href, text in NUMBER.findall(body)]
        for title, body in CHART.findall(page)
    }


def test_a_charts_numbers_lead_to_so_many_records(worked: Lab) -> None:
    visitor = signed_in(worked.owner)
    charts = numbers_of(visitor, f"/ui/datasets/{worked.dataset}")

    assert charts.keys() == {"Burn-up", "Cumulative flow", "Throughput"}
    for title in ("Burn-up", "Cumulative flow"):
        found = charts[title]
        assert len({number for _, number in found}) > 1, title
        for href, number in found:
            assert (href, _behind(worked, href)) == (href, number)
            assert visitor.get(href).status_code == 200


def _behind(lab: Lab, href: str) -> int:
    """How many records the list at HREF, a page's address, has: as the page asks the API for it."""
    path, _, query = href.partition("?")
    asked = f"{query}&filter[dataset_id]={lab.dataset}&page[size]=1000"
    reply = lab.owner.get(f"{path.removeprefix(f'/ui/datasets/{lab.dataset}')}?{asked}")
    assert reply.status == 200, reply
    return len(reply.data)
