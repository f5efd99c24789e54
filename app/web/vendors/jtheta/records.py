"""Projects by their titles and datasets by their numbers, as JTheta's clients name them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.declare import RESOURCES, Resource
from app.errors import Conflict, NotFound
from app.operations import reading, records
from app.operations.statements import Hold
from app.query import Filter, Query
from app.resources import numbers
from app.work import Work

MOST = 1000  # datasets of a project that are told of one by one


def project_titled(work: Work, title: str) -> Any:
    """The one project with that TITLE. Raises NotFound, and Conflict where there are more."""
    card = RESOURCES["projects"]
    missing = NotFound("no project has this title, or you may not see it", code="project_not_found")
    if "\0" in title:
        raise missing
    asked = (Filter("name", "eq", (title,)), Filter("kind", "eq", ("project",)))
    page = reading.index(work, card, Query(asked, size=1), card.fields)
    if not page.rows:
        raise missing
    if page.has_next:
        detail = "several projects have this title: rename all but one, for here they are known by it alone"
        raise Conflict(detail, code="title_ambiguous")
    return card.of(page.rows[0])


def dataset_numbered(work: Work, number: int | str, hold: Hold = Hold.KEPT) -> Any:
    """The dataset with that NUMBER (or id). Raises NotFound."""
    try:
        return records.find(work, RESOURCES["datasets"], numbers.id_of(work, number), hold=hold)
    except NotFound:
        detail = "no dataset has this dataset_id, or you may not see it"
        raise NotFound(detail, code="dataset_not_found") from None


def dataset_in(work: Work, number: int | str, project_name: str) -> Any:
    """The dataset with that NUMBER, of a project called PROJECT_NAME, held. Raises NotFound."""
    dataset = dataset_numbered(work, number, Hold.CHANGED)
    (name,) = reading.show(work, RESOURCES["projects"], dataset.project_id, ("name",))
    if name != project_name:
        raise NotFound("the project has no dataset with this dataset_id", code="dataset_not_found")
    return dataset


def datasets_of(work: Work, project_id: str) -> list[Any]:
    """The datasets of the project, oldest first."""
    card = RESOURCES["datasets"]
    query = Query((Filter("project_id", "eq", (project_id,)),), size=MOST)
    return [card.of(row) for row in reading.index(work, card, query, card.fields).rows]


def with_vendor(kept: str | None, members: Mapping[str, Any]) -> str:
    """What a record KEPT for vendors' clients, with MEMBERS among what JTheta's have of it."""
    whole = msgspec.json.decode(kept or "{}")
    mine = whole.get("jtheta")
    whole["jtheta"] = {**(mine if isinstance(mine, dict) else {}), **members}
    return msgspec.json.encode(whole).decode()


def action_of(card: Resource, name: str) -> Any:
    """The action of CARD that is called NAME."""
    return next(one for one in card.actions if one.name == name)
