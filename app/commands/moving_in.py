"""`postil vendor import`: whole projects come over from other systems' own files, by the rules of requests.

Each system has a file of its own. What is there already is left alone: so a second run goes on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import bindparam, select
from sqlmodel import col

import app.catalog  # noqa: F401 - every table is to be known
from app.commands import from_datagym, from_segments
from app.commands.arriving import Item, Problem, Project, Vendor
from app.commands.failures import Failed
from app.commands.opened import opened
from app.declare import RESOURCES
from app.errors import Problem as Refusal
from app.formats.errors import FormatError
from app.operations import records
from app.operations.records import Told
from app.operations.rows import one
from app.resources import files
from app.resources.accounts import Account
from app.resources.layer_statuses import GROUND_TRUTH
from app.settings import Settings
from app.storage.database import Database
from app.storage.statement import Statement
from app.work import SYSTEM, Actor, Sight, Work

VENDORS: Mapping[str, Vendor] = {"datagym": from_datagym.project_in, "segments": from_segments.project_in}
AT_ONCE = 50  # items a transaction
TOLD = 20  # problems


class Place(NamedTuple):
    """Where it comes: into a new dataset of a PROJECT, or a DATASET; as OWNER; with pictures or not."""

    project: str | None = None
    dataset: str | None = None
    owner: str | None = None
    download: bool = False


class Brought(NamedTuple):
    """What came of a file: ITEMS came into DATASET, so many were KNOWN there, and what could not be."""

    dataset: str
    items: int
    known: int
    problems: Sequence[Problem]


def move_in(settings: Settings, vendor: str, given: Sequence[Path], place: Place) -> None:
    """Bring what the files GIVEN, of VENDOR, hold to PLACE, and show how far it is. Raises Failed."""
    if vendor not in VENDORS:
        raise Failed(f"{vendor} is none of the systems that are known: {', '.join(VENDORS)}")
    if (place.project is None) == (place.dataset is None):
        raise Failed("name one of --project and --dataset")
    with opened(settings) as database:
        actor = database.read_now(SYSTEM, lambda work: actor_at(work, place))
        for path in given:
            _tell(path, bring(database, actor, VENDORS[vendor], path, place))


def actor_at(work: Work, place: Place) -> Actor:
    """Who does it: an owner of the organization of PLACE. Raises Failed."""
    type, id = ("projects", place.project) if place.project else ("datasets", place.dataset)
    found = one(work, RESOURCES[type], str(id).lower())
    if found is None or found.deleted_at is not None:
        raise Failed(f"there is no such record of {type}: {id}")
    rows = work.rows(_OWNERS, {"organization_id": found.organization_id})
    owners = [row for row in rows if place.owner in (None, row[1])]
    if not owners:
        raise Failed("there is no such owner of the organization, who could do it")
    account_id, email = owners[0]
    return Actor(account_id, found.organization_id, email, "owner", sight=Sight.ADMINISTRATOR)


def bring(database: Database, actor: Actor, vendor: Vendor, path: Path, place: Place) -> Brought:
    """Bring what the file at PATH holds to PLACE, as ACTOR. Raises Failed."""
    try:
        known = database.read_now(SYSTEM, lambda work: _known(work, place)) if place.dataset else None
        configuration = msgspec.json.decode(known.labeling_configuration) if known is not None else None
        with path.open("rb") as file:
            project = vendor(file, configuration, database.sources, place.download)
            dataset = database.write_now(actor, partial(_dataset, known=known, place=place, project=project))
            items, known_items = _items(database, actor, dataset, project, path.name)
    except FormatError as error:
        raise Failed(f"{path}: {error.detail}") from None
    except Refusal as error:
        raise Failed(f"{path}: {'; '.join(fault.detail for fault in error.faults)}") from None
    return Brought(dataset.id, items, known_items, project.problems)


def _known(work: Work, place: Place) -> Any:
    return one(work, RESOURCES["datasets"], str(place.dataset).lower())


def _dataset(work: Work, *, known: Any, place: Place, project: Project) -> Any:
    """The dataset that is KNOWN, else that of the name in the place's project; made where there is none."""
    card, values = RESOURCES["datasets"], project.values
    if known is None:
        project_id = str(place.project).lower()
        found = work.rows(_OF_NAME, {"project_id": project_id, "name": values["name"]})
        made = values | {"project_id": project_id}
        dataset = one(work, card, found[0][0]) if found else records.create(work, card, made).row
    else:
        is_declared = "classes" in msgspec.json.decode(known.labeling_configuration)
        new = {"labeling_configuration": values["labeling_configuration"]}
        dataset = known if is_declared else records.update(work, card, known.id, new)
    there = {name for (name,) in work.rows(_LABEL_SETS, {"dataset_id": dataset.id})}
    for name, description in project.label_sets.items():
        if name not in there:
            told = {"dataset_id": dataset.id, "name": name, "description": description}
            records.create(work, RESOURCES["label_sets"], told)
    return dataset


# ---- items


def _items(database: Database, actor: Actor, dataset: Any, project: Project, name: str) -> tuple[int, int]:
    """How many items were brought, and how many were there."""
    brought = known = 0
    with _bar() as bar:
        task = bar.add_task(name, total=None)
        for some in _batches(project.items):
            new, problems = database.write_now(actor, partial(_place, dataset=dataset, some=some))
            project.problems += problems
            brought, known = brought + new, known + len(some) - new - len(problems)
            bar.advance(task, len(some))
    return brought, known


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _place(work: Work, *, dataset: Any, some: Sequence[Item]) -> tuple[int, list[Problem]]:
    """How many of SOME are new, and what could not be brought: such an item is left out whole."""
    brought = 0
    problems: list[Problem] = []
    for item in some:
        try:
            with work.connection.attempt():
                brought += _placed(work, dataset, item)
        except Refusal as error:
            fault = error.faults[0]
            problems.append(Problem(item.name, fault.code, f"{fault.pointer or ''} {fault.detail}".strip()))
    return brought, problems


def _placed(work: Work, dataset: Any, item: Item) -> bool:
    """Whether ITEM is new: then it is an entry now, with its labels."""
    if work.rows(_ENTRY, {"dataset_id": dataset.id, "name": item.name}):
        return False
    values = item.values | {"dataset_id": dataset.id}
    if item.content is not None:
        files.add(work, dataset.organization_id, item.content)
        values |= {"content_hash": item.content.hash, "media_type": item.content.media_type}
        if (header := item.content.header) is not None:
            values |= {"width": header.width, "height": header.height}
    card = RESOURCES["entries"]
    entry = records.create(work, card, values).row
    action = next(one for one in card.actions if one.name == "label")
    for label_set, label in item.labels.items():
        said = {} if label_set == GROUND_TRUTH else {"label_set": label_set}
        after = records.act(work, card, entry.id, action, label | said)
        if isinstance(after, Told):
            raise after.problem
    return True


# ---- what is shown


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} items"))
    console = Console(stderr=True)
    return Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)


def _tell(path: Path, brought: Brought) -> None:
    came = f"{brought.items:,} items came into the dataset {brought.dataset}, {brought.known:,} were there"
    print(f"{path.name}: {came}, {len(brought.problems):,} problems")
    for problem in brought.problems[:TOLD]:  # in JSON nothing of what others say steers the terminal
        print(msgspec.json.encode([problem.item, problem.code, problem.detail]).decode())


def _owners() -> Any:
    return (
        select(col(Account.id), col(Account.email))
        .where(
            col(Account.organization_id) == bindparam("organization_id"),
            col(Account.organization_role) == "owner",
            col(Account.deleted_at).is_(None),
            col(Account.disabled_at).is_(None),
        )
        .order_by(col(Account.id))
    )


def _of_name() -> Any:
    columns = RESOURCES["datasets"].columns
    return select(columns["id"]).where(
        columns["project_id"] == bindparam("project_id"),
        columns["name"] == bindparam("name"),
        columns["deleted_at"].is_(None),
    )


def _label_sets() -> Any:
    columns = RESOURCES["label_sets"].columns
    return select(columns["name"]).where(
        columns["dataset_id"] == bindparam("dataset_id"), columns["deleted_at"].is_(None)
    )


def _entry() -> Any:
    columns = RESOURCES["entries"].columns
    return select(columns["id"]).where(
        columns["dataset_id"] == bindparam("dataset_id"),
        columns["external_id"] == bindparam("name"),
        columns["deleted_at"].is_(None),
    )


_OWNERS = Statement(_owners)
_OF_NAME = Statement(_of_name)
_LABEL_SETS = Statement(_label_sets)
_ENTRY = Statement(_entry)
