"""Every failure has its place in DataGym's words, and a key in an address reaches no log."""

import json
from typing import Any

import pytest
from starlette.requests import Request

from app.errors import Fault, Invalid, Problem
from app.formats.datagym_words import Refused
from app.web.edge import Refused as EdgeRefused
from app.web.vendors.datagym.refusals import TABLE, refuse
from tests.app.vendors.datagym.talking import KNOWN, client
from tests.lab import Lab
from workflow.errors import Refused as FlowRefused


def kinds(kind: type[Problem] = Problem) -> list[type[Problem]]:
    return [each for one in kind.__subclasses__() for each in (one, *kinds(one))]


def answered(error: Exception) -> Any:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/datagym/x",
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "path_params": {"project": "p-1"},
    }
    return refuse(Request(scope), error)


@pytest.mark.parametrize("kind", kinds())
def test_every_problem_has_a_status_and_a_key(kind: type[Problem]) -> None:
    error = Invalid(Fault("x", "wrong", "/a")) if kind is Invalid else kind("wrong")

    response = answered(error)

    assert response.status_code == TABLE[kind][0] != 500
    assert set(json.loads(response.body)) <= KNOWN


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("gen_config_depth", (), "/0", "too deep"), 500),
        (Refused("alreadyexists", ("a", "b", "c"), "", "there"), 412),
        (FlowRefused("invalid_transition", "not from here"), 500),
        (EdgeRefused(413, "payload_too_large", "t", "too large", ((b"connection", b"close"),)), 413),
    ],
)
def test_other_failures_have_too(error: Exception, status: int) -> None:
    assert answered(error).status_code == status


def test_what_is_a_fault_of_ours_is_no_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        answered(ZeroDivisionError())


def test_a_key_in_an_address_reaches_no_log(
    lab: Lab, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    ours = client(lab)

    ours.get("project")
    ours.get("nothing/here")
    ours.get(f"export/{lab.project}")

    out, err = capfd.readouterr()
    assert ours.key
    assert ours.key not in out + err + caplog.text
