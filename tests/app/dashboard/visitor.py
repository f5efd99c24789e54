"""Somebody who looks at the dashboard without a browser: their cookie, and what they are sent."""

from typing import Any

from app.web.dashboard.sessions import COOKIE
from tests.lab import House, Lab, Person


class Visitor:
    """A visitor of HOUSE's dashboard, signed in by SECRET, or nobody yet."""

    def __init__(self, house: House, secret: str = "") -> None:
        self.house = house
        self.secret = secret

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer, redirects not followed. What it sets as a cookie is kept."""
        accept = "text/html" if "/api/" not in path and path.startswith("/ui") else "*/*"
        headers = {"Accept": accept} | options.pop("headers", {})
        if self.secret:
            headers["Cookie"] = f"{COOKIE}={self.secret}"
        response = self.house.client.request(method, path, headers=headers, follow_redirects=False, **options)
        self.house.client.cookies.clear()
        if (set_to := response.headers.get("set-cookie")) is not None:
            self.secret = set_to.partition("=")[2].partition(";")[0].strip('"')
        return response

    def get(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options)

    def post(self, path: str, data: dict[str, str] | None = None, **options: Any) -> Any:
        return self.ask("POST", path, data=data or {}, **options)


def signed_in(person: Person) -> Visitor:
    """A visitor who has signed in with the person's key."""
    visitor = Visitor(person.house)
    assert visitor.post("/ui/sign-in", {"key": person.key or ""}).status_code == 303
    return visitor


def link_for(lab: Lab, account: str) -> str:
    """The token of a new link for ACCOUNT, made by the organization's owner."""
    reply = lab.owner.post(f"/accounts/{account}/sign_in_link", {"data": {}})
    assert reply.status == 200, reply
    return str(reply.attributes["path"]).rpartition("=")[2]
