"""One request for a page: who is there, what is asked of the API for them, and what became of it."""

import asyncio
import shlex
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from app.web.dashboard.asking import MEDIA_TYPE, Answer, Api, Call, Pairs
from app.web.dashboard.records import Record
from app.web.dashboard.sessions import Session
from app.work import Actor

Query = Pairs | Mapping[str, str]


class Refusal(Exception):
    """The API refused what a page needs."""

    def __init__(self, answer: Answer) -> None:
        error = answer.errors[0] if answer.errors else {}
        super().__init__(error.get("detail") or error.get("title") or f"status {answer.status}")
        self.status = answer.status
        self.code: str = error.get("code", "")
        self.parameter: str = error.get("source", {}).get("parameter", "")  # of the query, where it is that


class Visit:
    """A page's request. `asked` are the calls that were made for it."""

    def __init__(self, request: Request, session: Session, api: Api, host: str) -> None:
        self.request = request
        self.session = session
        self.asked: list[Call] = []
        self._api = api
        self.host = host

    @property
    def actor(self) -> Actor:
        return self.session.actor

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def parameters(self) -> Mapping[str, str]:
        """What stands in the page's path."""
        parameters: Mapping[str, str] = self.request.path_params
        return parameters

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """What stands in the page's address behind the question mark."""
        text = self.request.scope["query_string"].decode("latin-1")
        return parse_qsl(text, keep_blank_values=True, errors="replace")

    def said(self, name: str, otherwise: str = "") -> str:
        """The last value of the query's parameter NAME."""
        return dict(self.query).get(name, otherwise)

    async def get(self, path: str, query: Query = (), *, is_shown: bool = True) -> Answer:
        """What the API tells at PATH. Raises Refusal. IS_SHOWN: whether it is offered as a line for curl."""
        return await self.call("GET", path, query, is_shown=is_shown)

    async def post(self, path: str, attributes: Any = None, query: Query = ()) -> Answer:
        """The same of a POST of ATTRIBUTES: for what is told of a draft, and changes nothing."""
        return await self.call("POST", path, query, {"data": {"attributes": attributes or {}}})

    async def lines(self, path: str, most: int) -> list[Any]:
        """The first lines of a file of lines, of at most so many bytes, each as JSON. Raises Refusal."""
        call = Call("GET", path, headers=(("Range", f"bytes=0-{most - 1}"),))
        return list((await self._made(call)).document or ())

    async def call(
        self, method: str, path: str, query: Query = (), body: Any = None, *, is_shown: bool = True
    ) -> Answer:
        pairs = tuple(query.items()) if isinstance(query, Mapping) else tuple(query)
        return await self._made(Call(method, path, pairs, body), is_shown=is_shown)

    async def _made(self, call: Call, *, is_shown: bool = True) -> Answer:
        if is_shown:
            self.asked.append(call)
        answer = await self._api.ask(self.request.scope, self.session.secret, call)
        if answer.is_refused:
            raise Refusal(answer)
        return answer

    async def every(self, path: str, query: Query = (), most: int = 1000) -> list[Record]:
        """The first records of a list, at most so many."""
        pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
        return (await self.get(path, [*pairs, ("page[size]", str(most))])).records

    async def or_none(self, path: str, query: Query = ()) -> Answer | None:
        """What the API tells at PATH, or None where it is not for the actor."""
        try:
            return await self.get(path, query)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                self.asked = [one for one in self.asked if one.path != path]
                return None
            raise

    async def together(self, *asked: Any) -> list[Any]:
        """What comes of the ASKED coroutines, in order."""
        return list(await asyncio.gather(*asked))

    async def me(self) -> Record:
        """The account of whoever is signed in."""
        return (await self.get(f"/accounts/{self.actor.account_id}", is_shown=False)).record

    def as_curl(self, call: Call) -> str:
        """CALL as a line for a shell, with the key in $KEY."""
        words = ["curl", "-gs", "-H", '"Authorization: Bearer $KEY"']
        if call.method != "GET":
            words[2:2] = ["-X", call.method]
        for name, value in call.headers:
            words += ["-H", shlex.quote(f"{name}: {value}")]
        if call.body is not None:
            text = msgspec.json.encode(call.body).decode()
            words += ["-H", shlex.quote(f"Content-Type: {MEDIA_TYPE}"), "-d", shlex.quote(text)]
        return " ".join([*words, shlex.quote(self.host + call.target)])
