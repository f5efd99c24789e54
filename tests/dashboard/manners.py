"""How journeys are made, by POSTIL_JOURNEYS: `wide`, as written; on a `narrow` screen; by `keyboard` alone.

By keyboard a click is Tab, pressed until the element has the focus, and Enter or Space; what is filled in is
typed. So whatever a journey presses is shown to be within reach of somebody who has no pointer.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

MANNER = os.environ.get("POSTIL_JOURNEYS", "")
WIDE, NARROW = ViewportSize(width=1280, height=860), ViewportSize(width=360, height=740)
MOST_TABS = 600
_FOCUSED = """element => {
  const reached = element.closest("a[href], button, input, select, textarea, summary, [tabindex]") ??
    element.control;
  return reached !== null && reached === document.activeElement;
}"""
_IS_PALETTE = "element => element.matches('input[type=color]')"
_IS_TICKED_BY_SPACE = "element => element.matches('input[type=checkbox], input[type=radio]')"


def viewport() -> ViewportSize:
    """How large the screen is, unless a journey says."""
    return NARROW if MANNER == "narrow" else WIDE


@contextmanager
def in_manner() -> Iterator[None]:
    """Journeys are made so meanwhile."""
    if MANNER != "keyboard":
        yield
        return
    with (
        mock.patch.object(Locator, "click", _press),
        mock.patch.object(Locator, "check", lambda self, **options: _tick(self, True)),
        mock.patch.object(Locator, "uncheck", lambda self, **options: _tick(self, False)),
        mock.patch.object(Locator, "fill", _type),
        mock.patch.object(Locator, "select_option", _choose),
    ):
        yield


_select = Locator.select_option
_fill = Locator.fill

by_pointer = pytest.mark.skipif(
    MANNER == "keyboard", reason="it is about the pointer: what it does is done by keys in another journey"
)


def _reach(element: Locator) -> None:
    """Tab to ELEMENT."""
    expect(element).to_be_visible()
    expect(element).to_be_enabled()
    keyboard = element.page.keyboard
    for _ in range(MOST_TABS):
        if element.evaluate(_FOCUSED):
            return
        keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {element}")


def _press(self: Locator, **options: Any) -> None:
    _reach(self)
    self.page.keyboard.press("Space" if self.evaluate(_IS_TICKED_BY_SPACE) else "Enter")


def _tick(self: Locator, is_ticked: bool) -> None:
    _reach(self)
    if self.is_checked() != is_ticked:
        self.page.keyboard.press("Space")


def _type(self: Locator, value: str, **options: Any) -> None:
    _reach(self)
    if self.evaluate(_IS_PALETTE):
        _fill(self, value)  # the palette is the browser's own, and no part of the page
        return
    self.page.keyboard.press("ControlOrMeta+a")
    self.page.keyboard.press("Delete")
    self.page.keyboard.insert_text(value)


def _choose(self: Locator, *options: Any, **more: Any) -> list[str]:
    _reach(self)
    return _select(self, *options, **more)
