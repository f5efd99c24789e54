"""Schemathesis asks the running service all that the contract allows, and much that it forbids.

All of its checks are on. POSTIL_SCHEMATHESIS_EXAMPLES sets how many examples an operation gets: one at the
plain mount in `make test`, a hundred at both in `make campaign-contract`, which also walks every parameter's
every border (the coverage phase: some 60,000 requests).
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import schemathesis
import structlog
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import NegativeDataRejectionConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData

from app.fetching import Fetcher
from app.main import build
from app.settings import Settings
from app.storage.blobs import open_blobs
from app.storage.opening import migrate, open_database
from app.work import Sources
from openapi.codes import label_codes
from tests.client import served
from tests.lab import Dice, House, Lab

schemathesis.serializer.alias("application/x-ndjson", "text/plain")

EXAMPLES = int(os.environ.get("POSTIL_SCHEMATHESIS_EXAMPLES", "1"))
IS_CAMPAIGN = "POSTIL_SCHEMATHESIS_EXAMPLES" in os.environ
PREFIXED = "/api/v1/dataset"

# Schemathesis's own list lacks what the edge refuses by size.
REFUSALS = [*NegativeDataRejectionConfig._DEFAULT_EXPECTED_STATUSES, "413", "414", "431"]

# What the contract says in words, since no schema can: the answer's code shows that this alone was refused.
SAID_IN_WORDS = {
    "character_not_allowed": "U+0000 may stand in no text",
    "number_out_of_range": "whole numbers have at most 64 bits, also deep within free objects",
    "uri_too_long": "an address has at most 64 KiB",
    "parameter_too_many": "a query has at most 1000 parameters, however they are spread",
    "parameter_conflict": "include and included are one; a page has a number or a cursor; as of a time "
    "nothing is included, and a card's own filters are not there",
    "parent_conflict": "a parent given twice, as attribute and relationship, must be the same",
    "page_too_deep": "page[number] times page[size] is bounded",
    "cursor_invalid": "a cursor comes from an earlier answer, in the same order",
    "range_unsupported": "page[after] and page[before] exclude one another",
    "anchor_invalid": "annotation_id goes with the anchor_type annotation",
    "not_a_member": "an entry is assigned to enabled members of its project",
    "filter_required": "a change of many names at least one filter, whichever",
    "approved_missing": "a submit at review needs a verdict",
    "idempotency_key_reused": "an Idempotency-Key stands for one request",
    "etag_invalid": "If-Match takes tags as an ETag gave them",
    "event_type_unknown": "event types name resources that there are",
    "precondition_failed": "If-Match names the version that the record is in",
    "lease_invalid": "a lease's token comes from an earlier answer",
    "href_invalid": "an href leads to a collection, record or relationship of this service",
    "target_unfit": "what an href leads to goes with the operation",
    "lid_unknown": "a lid names what an operation before adds",
    "lid_taken": "a lid names one record",
    "thinned": "what was superseded long ago is not kept",
    "url_not_allowed": "webhooks are sent to public places alone",
    "workflow_invalid": "a workflow's steps have the members of their kind",
    "workflow_step_unknown": "steps are named that the dataset's own workflow has",
    "simulation_invalid": "entries times plays are bounded, worked steps have a pace, nobody is there twice",
    "pace_invalid": "a pace has numbers alone",
    "reference_invalid": "a right answer's annotations have dimensions and a value",
    "reason_unknown": "a step may list the only reasons that it takes",
    "outcome_unknown": "a step takes its own outcomes",
    "keep_unknown": "the account has annotated the entry",
    **dict.fromkeys(label_codes(), "labels are what a label configuration declares"),
    "file_missing": "a form has a part with a filename",
    "filename_missing": "a body that is a file goes with X-filename",
    "filename_invalid": "the name of a file is a label",
    "not_an_image": "what begins as a picture is one",
    "multipart_invalid": "a form ends with its boundary",
    "parent_missing": "a dataset has a project, or an organization",
    "import_source": "an import names one source",
    "label_configuration_twice": "a dataset refers to a label configuration, or brings one",
    "label_configuration_elsewhere": "a label configuration of a project is for its own datasets",
    "job_unknown": "what is taken back is a change of the same configuration",
    "layer_of_other_entry": "an annotation is in a layer of its own entry",
    "filter_unknown": "a release is filtered by lists of texts",
    "step_unknown": "an entry goes back to steps where it was worked",
}


@schemathesis.hook
def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """Whether FAILURE is one: what JSON-RPC refuses within a 200, and what is said in words, is none."""
    if isinstance(failure, AcceptedNegativeData) and case.operation.path.endswith("/_rpc"):
        return not _is_refused_within(response.text)
    if isinstance(failure, AcceptedNegativeData) and _lists_nothing(case.query or {}):
        return False
    if isinstance(failure, RejectedPositiveData) and response.status_code == 304:
        return not _has_condition(case.headers or {})
    if isinstance(failure, RejectedPositiveData):
        codes = _codes(response.text)
        return not codes or not codes <= SAID_IN_WORDS.keys()
    return True


schemathesis.serializer.alias("application/json-rpc", "application/json")


def test_the_service_keeps_its_contract(tmp_path: Path) -> None:
    faults: list[tuple[str, str]] = []  # what kind of fault, and one of that kind
    count = 0
    with _lab(tmp_path) as (app, lab):
        for event in from_schema(_schema(app, lab)).execute():
            if isinstance(event, events.ScenarioFinished):
                count += len(event.recorder.interactions)
                faults += _faults(event)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                faults.append((str(event), str(getattr(event, "info", event))))

    print(f"{count} requests")
    assert not faults, f"{len(faults)} of {count} requests:\n" + "\n".join(dict(faults).values())
    assert count > 500


@contextmanager
def _lab(folder: Path) -> Iterator[tuple[Any, Lab]]:
    """The service on a database of its own, and an organization in it with a record of every kind."""
    url = f"sqlite:///{folder / 'postil.db'}"
    migrate(url)
    dice = Dice()
    # Nobody is found: the webhooks that are made here reach no host.
    sources = Sources(chance=dice, fetcher=Fetcher(resolve=_nobody), blobs=open_blobs("", folder))
    database = open_database(url, sources=sources, connections=2)
    settings = Settings(data=folder, allowed_hosts="testserver")
    app = build(settings, database)
    with served(app) as client, _quiet():
        lab = Lab(House(client, database, dice, settings), "Schemathesis")
        lab.new_feed(lab.at("review"))
        lab.new_annotation()
        yield app, lab


def _nobody(*asked: Any) -> Any:
    raise OSError("no such host")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the log of every request."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.reset_defaults()


def _running(app: Any) -> Any:
    """APP, which the lab's client has started and will end."""

    async def running(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})

    return running


def _schema(app: Any, lab: Lab) -> Any:
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {lab.owner.key}"},
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
            "generation": {"max-examples": EXAMPLES, "database": "none"},
            "phases": {"coverage": {"enabled": IS_CAMPAIGN}, "stateful": {"max-steps": 6}},
        }
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", _running(app), config=config)
    # The other mount has the same routes: the conformance suite asks both.
    return schema if IS_CAMPAIGN else schema.exclude(path_regex=f"^{PREFIXED}/")


def _lists_nothing(query: dict[str, Any]) -> bool:
    """Whether a list in QUERY has one item, the empty text: on the wire that is the empty list."""
    return any(query.get(name) in ([""], "") for name in query if name.startswith(("fields", "includ")))


def _has_condition(headers: dict[str, str]) -> bool:
    """Whether HEADERS ask for an answer only where something has changed: then 304 refuses nothing."""
    return any(name.lower() == "if-none-match" for name in headers)


def _is_refused_within(text: str) -> bool:
    """Whether one of the answers in TEXT, JSON-RPC's, is an error. To a notification nothing is ever said."""
    told = json.loads(text) if text else []
    return not text or any("error" in one for one in (told if isinstance(told, list) else [told]))


def _codes(text: str) -> set[str]:
    """The codes of the error document TEXT; none where it is none."""
    found = json.loads(text) if text.startswith("{") else {}
    return {one["code"] for one in found.get("errors", ())}


def _faults(event: events.ScenarioFinished) -> list[tuple[str, str]]:
    found = []
    for case, checks in event.recorder.checks.items():
        response = event.recorder.interactions[case].response
        said = f"{response.status_code} {response.text[:500]}" if response else "nothing"
        for check in checks:
            if check.failure_info is not None:
                why = " ".join(check.failure_info.failure.message.split())[:400]
                asked = check.failure_info.code_sample[:1500]
                kind = f"{check.name} {response and _codes(response.text)}"
                told = f"{event.label}: {check.name}: {why}\n    {asked}\n    answered {said}"
                found.append((kind, told))
    return found
