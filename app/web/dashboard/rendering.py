"""From what a page gathered to HTML. Everything is escaped; what a template names must be there."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, Response

from app.web.dashboard.assets import address_of
from app.web.dashboard.behind import entries_at, entries_on
from app.web.dashboard.listing import address

_FOLDER = Path(__file__).parent / "templates"
NOTHING = "\u2013"  # shown where there is no figure
_SPANS = ((86_400 * 365, "y"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def policy(*, shows_foreign_pictures: bool = False) -> str:
    """The content security policy of a page (https://www.w3.org/TR/CSP3/): nothing runs but our own files."""
    pictures = "img-src 'self' data: blob:" + (" http: https:" if shows_foreign_pictures else "")
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; {pictures}; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def page(
    template: str, told: Mapping[str, Any], status: int = 200, *, shows_foreign_pictures: bool = False
) -> Response:
    """TEMPLATE, given what is TOLD."""
    headers = {
        "Content-Security-Policy": policy(shows_foreign_pictures=shows_foreign_pictures),
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return HTMLResponse(_templates.get_template(template).render(told), status, headers)


def _time(value: str | None) -> str:
    """A time, to the minute: 2026-01-31 12:00."""
    return value[:16].replace("T", " ") if value else ""


@pass_context
def _ago(context: Context, value: str | None) -> str:
    """How long ago a time is, or how soon it will be: 3 h."""
    return _span(abs(_age(context, value))) if value else ""


@pass_context
def _age(context: Context, value: str) -> float:
    """How long ago a time is, in seconds; below 0 what is to come."""
    now = datetime.fromisoformat(context["now"])
    return (now - datetime.fromisoformat(value)).total_seconds()


def _span(seconds: float | None) -> str:
    """So many seconds, in their largest unit: 90000 is 1 d."""
    if seconds is None:
        return NOTHING
    for size, unit in _SPANS:
        if abs(seconds) >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return "0 s"


def _number(value: float | None) -> str:
    """1234567 is 1,234,567."""
    if value is None:
        return NOTHING
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.0f} %"


def _size(value: float | None) -> str:
    """So many bytes: 1536 is 1.5 KiB."""
    if value is None:
        return NOTHING
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{value:.1f}".removesuffix(".0") + f" {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def _words(value: str) -> str:
    """A name as the API has it, as words: project_owner is project owner."""
    return value.replace("_", " ")


def _address(path: str, **query: Any) -> str:
    """PATH with the query: those parameters that are not None."""
    return address(path, [(name, value) for name, value in query.items() if value is not None])


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.policies["json.dumps_kwargs"] = {"sort_keys": False}  # what is told keeps its order
    made.filters |= {
        "time": _time,
        "ago": _ago,
        "age": _age,
        "span": _span,
        "number": _number,
        "percent": _percent,
        "size": _size,
        "words": _words,
    }
    made.globals |= {"asset": address_of, "address": _address}
    made.globals |= {"entries_at": entries_at, "entries_on": entries_on}
    return made


_templates = _environment()
