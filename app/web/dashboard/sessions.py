"""The cookie that bears a session's secret, and what browsers are believed. It knows no page."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Forbidden, Unauthenticated
from app.resources.sessions import GOOD_FOR
from app.web.service import Service
from app.work import Actor

COOKIE = "postil_session"
PATH = "/ui"


@dataclass(frozen=True)
class Session:
    """Who is signed in, by which SECRET."""

    actor: Actor
    secret: str


async def session_of(service: Service, request: Request) -> Session:
    """The session of the request's cookie. Raises Unauthenticated."""
    secret = request.cookies.get(COOKIE, "")
    if not secret.isascii():
        raise Unauthenticated("sign in anew")
    actor = await service.keys.actor_of({"authorization": f"Bearer {secret}"})
    return Session(actor, secret)


def set_cookie(response: Response, request: Request, service: Service, secret: str) -> None:
    """Let the browser keep SECRET; an empty one: forget it."""
    is_safe = service.public_url.startswith("https:") or request.url.scheme == "https"
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(GOOD_FOR.total_seconds()) if secret else 0,
        path=PATH,
        secure=is_safe,
        httponly=True,
        samesite="lax",
    )


def check_origin(method: str, headers: Mapping[str, str]) -> None:
    """That a page of another site did not send the request. Raises Forbidden.

    Browsers tell where a request comes from (https://www.w3.org/TR/fetch-metadata/), those that do not or are
    not asked over TLS send Origin with all that may change something.
    """
    site = headers.get("sec-fetch-site", "")
    origin = headers.get("origin", "")
    is_foreign = site not in ("", "same-origin", "none") or (
        not site and origin != "" and origin.partition("://")[2] != headers.get("host", "")
    )
    if is_foreign and method not in ("GET", "HEAD"):
        raise Forbidden("the request comes from a page of another site", "Origin", code="origin_foreign")
