"""The house's floors (DESIGN, 1): a file may import only from its own floor's list. No import may climb."""

import ast
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, TextClause, inspect, text
from sqlmodel import SQLModel

from app.catalog import CARDS
from app.declare import RESOURCES, ToMany, ToOne
from app.errors import Problem
from app.storage.migrating import configuration
from app.storage.opening import engine_of
from app.storage.revisions import revisions
from app.web.errors import STATUS, TITLES
from app.web.jsonrpc import CODES

ROOT = Path(__file__).parent.parent
OURS = ("app", "openapi", "rpc", "workflow")

GROUND = {"app.attributes", "app.errors", "app.query", "app.settings", "app.work"}
STORAGE = {"app.attributes", "app.buckets", "app.contents", "app.errors", "app.work"}
RECORDS = {"app.attributes", "app.declare", "app.errors", "app.operations", "app.storage", "app.work"}
# What faces share.
SHARED = {"app.web.edge", "app.json", "app.web.routing", "app.web.service", "app.web.auth"}
BODIES = {
    "app.web.action_bodies",
    "app.web.quick_reader",
    "app.web.request_keys",
    "app.web.schemas",
    "app.template",
}

FLOORS: Mapping[str, set[str]] = {  # a place -> the places that it may import, itself aside
    "workflow": set(),
    "rpc": set(),
    "app.attributes": set(),
    "app.errors": set(),
    "app.query": set(),
    "app.settings": set(),
    "app.fetching": set(),
    "app.geometry": set(),
    "app.contents": set(),
    "app.pictures": {"app.errors"},
    "app.pictures.child": set(),  # a program of its own
    "app.media_types": {"app.pictures"},
    "app.filenames": {"app.errors"},
    "app.links": {"app.errors"},
    "app.addresses": {"app.errors", "app.links"},
    "app.formats": {"app.geometry"},
    "app.released": {"app.contents", "app.formats"},
    "app.buckets": {"app.errors"},
    "app.upload_links": {"app.attributes", "app.errors", "app.links"},
    "app.work": {
        *("app.buckets", "app.contents", "app.fetching"),
        *("app.addresses", "app.links", "app.pictures", "app.upload_links"),
    },
    "app.logs": {"app.work"},
    "app.storage": STORAGE,
    "app.declare": {"app.attributes", "app.storage", "app.work"},
    "app.access": {"app.attributes", "app.declare", "app.storage", "app.work"},
    "app.operations": RECORDS - {"app.operations"} | {"app.query", "app.template"},
    "app.resources": RECORDS
    | {
        "app.access",
        "app.fetching",
        "app.filenames",
        "app.geometry",
        "app.media_types",
        "app.pictures",
        "app.query",
        "workflow",
    },
    # It names every table, and keys and crews have one that is no resource's.
    "app.catalog": {"app.access", "app.declare", "app.operations.idempotency", "app.resources"},
    # The edge knows HTTP alone: it would serve any application.
    "app.web.edge": set(),
    "app.json": {"app.errors"},
    "app.web.routing": set(),
    # The error document of JSON:API is also that of what has no format of its own.
    "app.web.errors": {"app.errors", "app.web.routing", "workflow"},
    "app.template": {"app.attributes", "app.declare"},
    "app.web.action_bodies": {"app.declare", "app.errors", "app.json"},
    "app.web.request_keys": {"app.errors", "app.operations.idempotency"},
    "app.web.quick_reader": {"app.attributes", "app.declare", "app.json"},
    "app.web.schemas": RECORDS | {"app.web.action_bodies", "app.json", "app.web.quick_reader"},
    "app.web.auth": {"app.attributes", "app.errors", "app.resources", "app.storage", "app.work"},
    "app.web.service": {"app.storage", "app.web.auth"},
    "app.web.jsonapi": RECORDS | SHARED | BODIES | {"app.query", "app.web.errors", "workflow"},
    "app.web.jsonrpc": RECORDS | SHARED | BODIES | {"rpc", "workflow"},
    "app.web.docs": SHARED | {"app.web.errors", "app.web.vendors.calls", "app.web.vendors.catalog"},
    "app.web.files": RECORDS
    | SHARED
    | {"app.contents", "app.filenames", "app.media_types", "app.resources", "app.web.errors"},
    # Ways in for bytes: what they answer is JSON:API's.
    "app.web.uploads": RECORDS
    | SHARED
    | BODIES
    | {"app.filenames", "app.pictures", "app.resources", "app.upload_links"}
    | {"app.web.errors", "app.web.jsonapi"},
    # What the faces of other systems' clients share; and each face, which knows no other.
    "app.web.vendors": RECORDS
    | SHARED
    | {"app.addresses", "app.filenames", "app.formats", "app.geometry", "app.media_types", "app.query"}
    | {"app.resources", "app.web.errors", "app.web.files", "app.web.uploads", "workflow"}
    | {"app.access", "app.contents", "app.released", "app.upload_links"},
    # A client of the API, which signs people in, and draws shapes and workflows by their own rules.
    "app.web.dashboard": SHARED
    | {"app.errors", "app.geometry", "app.resources", "app.web.errors", "app.work", "workflow"},
    "app.web.health": {"app.errors", "app.storage", "app.work"} | SHARED | {"app.web.errors"},
    "app.jobs": RECORDS
    | {"app.access", "app.contents", "app.fetching", "app.filenames", "app.formats", "app.json"}
    | {"app.addresses", "app.media_types", "app.pictures", "app.released"}
    | {"app.resources", "app.settings", "app.template", "workflow"},
    "app.main": {"app.catalog", "app.jobs", "app.logs", "app.settings", "app.storage", "app.web"},
    "app.demo": RECORDS | {"app.resources", "workflow"},
    # What is kept is read by whatever tables there are; two columns alone are told by their declarations.
    "app.keeping": {"app.contents", "app.errors", "app.storage", "app.work"},
    "app.keeping.columns": {
        "app.keeping",
        "app.operations.changes",
        "app.resources.dataset_rows",
        "app.storage",
    },
    "app.commands": RECORDS
    | {"app.catalog", "app.demo", "app.fetching", "app.jobs", "app.keeping", "app.logs", "app.main"}
    | {"app.formats", "app.geometry", "app.json", "app.resources"}
    | {"app.settings", "app.web.edge", "workflow"},
    "app.__main__": {"app.commands", "app.settings"},
    "openapi": GROUND
    | {
        "app.catalog",
        "app.declare",
        "app.fetching",
        "app.operations.idempotency",
        "app.operations.many",
        "app.resources.imports",
        "app.web",
    }
    | {"rpc", "workflow"},
}
FACES = (
    *("app.web.jsonapi", "app.web.jsonrpc"),
    *(f"app.web.vendors.{name}" for name in ("segments", "datagym", "jtheta", "theos")),
)  # none may import another
ALLOWED: Mapping[str, set[str]] = {  # a module -> what it alone may import beyond its floor
    # `make migration` compares every table with the migrations, so the tool has to know them all. It is
    # a command that lives beside what it writes; nothing imports it.
    "app.storage.migrations.write": {"app.catalog"},
    # Loads the module of a format, by its name, once it is asked for.
    "app.formats.catalog": {"app.main.a_name_made_at_run_time"},
}
LATE = {"app.__main__"}  # imports commands in functions, so that --help and a wrong argument answer at once

ONLY_IN: Mapping[str, tuple[str, ...]] = {  # a package of others -> the places that may import it
    "transitions": ("workflow",),
    "jsonrpcserver": ("rpc",),
    "marshmallow_jsonapi": ("app.web.schemas",),
    "marshmallow": ("app.declare", "app.resources", "app.web", "openapi"),
    "starlette": ("app.web", "app.main"),
    "uvicorn": ("app.web.edge",),
    "httptools": ("app.web.edge",),
    "backports": ("app.web.edge", "app.released"),
    "pysqlite3": ("app.storage",),
    "psycopg": ("app.storage", "app.commands.telling"),
    "procrastinate": ("app.storage.ring_tables", "app.jobs.bell"),
    "alembic": ("app.storage",),
    "obstore": ("app.storage.blobs", "app.storage.buckets"),
    "python_multipart": ("app.web.uploads.parts",),
    # Whatever decodes a picture does so in a process of its own.
    "PIL": ("app.pictures.child", "app.formats.pictures"),
    # Faces build no SQL; the probe of readiness asks for SELECT 1.
    "sqlalchemy": (
        "app.access",
        "app.catalog",
        "app.commands",
        "app.declare",
        "app.demo",
        "app.jobs",
        "app.keeping",
        "app.operations",
        "app.resources",
        "app.storage",
        "app.web.health",
    ),
    "sqlmodel": (
        "app.access",
        "app.commands",
        "app.demo",
        "app.jobs",
        "app.keeping.columns",
        "app.operations",
        "app.resources",
        "app.storage",
    ),
    # Whatever fetches an address goes through one guarded fetcher.
    "httpcore2": ("app.fetching",),
    # Shapes are told, measured and laid out in one place.
    "numpy": ("app.geometry", "app.formats"),
    "pycocotools": ("app.formats.coco_marks",),
    # XML from outside is read in one place, by this alone. The other two only write.
    "defusedxml": ("app.formats.voc_document",),
    "xml": ("app.formats.voc", "workflow.drawing"),
    # Cells are guarded against formulas in one place.
    "csv": ("app.formats.csv_cells", "app.formats.csv_rows"),
    "httpcore": (),
    "httpx": (),
    "httpx2": (),
    "requests": (),
    "aiohttp": (),
    "urllib3": (),
    "urllib.request": (),
    "http.client": (),
    "ftplib": (),
    "smtplib": (),
    # What runs code that it reads.
    "pickle": (),
    "marshal": (),
    "shelve": (),
    "dill": (),
    "yaml": (),
    "torch": (),
    "subprocess": ("app.pictures.decoder", "app.web.dashboard.front.build"),  # the latter for `make`
    # What unpacks archives by the names in them; here a member's head alone is read and written.
    "tarfile": ("app.keeping.tar",),
    "zipfile": (),
    # The standard SQLite has the WAL-reset bug.
    "sqlite3": (),
}
RUNS_CODE = {"eval", "exec", "compile", "__import__"}
# Time is handed in (`Sources`), so that a test can tell it, and so that processes agree on it.
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
ASKS_CLOCKS = {"app.work"}
MAY_RUN_CODE = {"app.template"}  # compiles a writer for each shape, of names that cards declare alone


# ---- the checker: complaints about one module's source


def complaints(module: str, source: str) -> list[str]:
    """What MODULE, a file with SOURCE, imports or calls and may not."""
    here = place_of(module)
    if here is None:
        return [f"{module} stands on no floor: give it one in FLOORS"]
    tree = ast.parse(source)
    found = []
    for name in imports(tree, module):
        there = place_of(name)
        is_open = there in FLOORS[here] or any(name_is_in(name, one) for one in FLOORS[here])
        if not (there in (None, here) or is_open or name in ALLOWED.get(module, ())):
            found.append(f"{module} may not import {name}")
        if any(name_is_in(module, face) for face in FACES) and not is_same_face(module, name):
            found.append(f"{module} is a face and may not import another: {name}")
        for package, places in ONLY_IN.items():
            if name_is_in(name, package) and not any(name_is_in(module, one) for one in places):
                found.append(f"{module} may not import {package}")
    if module not in LATE and any(late_imports(tree)):
        found.append(f"{module} imports inside a function")
    if module not in MAY_RUN_CODE:
        found += [f"{module} calls {name}" for name in calls(tree) if name in RUNS_CODE]
    if module not in ASKS_CLOCKS:
        found += [f"{module} asks a clock: {name}" for name in asked(tree, module) if name in CLOCKS]
    return found


def asked(tree: ast.AST, module: str) -> Iterator[str]:
    """Every attribute that TREE names, by the last two parts, and what it imports."""
    yield from imports(tree, module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ".".join(ast.unparse(node).split(".")[-2:])


def imports(tree: ast.AST, module: str) -> Iterator[str]:
    """Every module that TREE may import; of `from a import b` both a and a.b; relative ones made whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            start = ".".join(module.split(".")[: -node.level]) if node.level else ""
            base = ".".join(part for part in (start, node.module) if part)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            said = node.args[0] if node.args else None
            yield str(said.value) if isinstance(said, ast.Constant) else "app.main.a_name_made_at_run_time"


def late_imports(tree: ast.AST) -> Iterator[ast.AST]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (one for one in ast.walk(function) if isinstance(one, ast.Import | ast.ImportFrom))


def calls(tree: ast.AST) -> Iterator[str]:
    """The names of the plain functions that TREE calls or hands on."""
    yield from (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def name_is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def place_of(module: str) -> str | None:
    """The innermost place that MODULE stands in; None for what is not ours."""
    places = [place for place in FLOORS if name_is_in(module, place)]
    return max(places, key=len) if places else None


def is_same_face(module: str, name: str) -> bool:
    here = next(face for face in FACES if name_is_in(module, face))
    return not any(name_is_in(name, face) for face in FACES if face != here)


# ---- the tree


def sources() -> dict[str, str]:
    """Module -> source, of all that is ours."""
    paths = [path for name in OURS for path in sorted((ROOT / name).rglob("*.py"))]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
        for path in paths
    }


SOURCES = sources()
PACKAGES = {"app", "app.web"}  # folders whose own file holds a docstring alone


@pytest.mark.parametrize("module", [module for module in SOURCES if module not in PACKAGES])
def test_no_import_climbs(module: str) -> None:
    assert complaints(module, SOURCES[module]) == []


@pytest.mark.parametrize("module", sorted(PACKAGES))
def test_a_folder_of_many_floors_holds_no_code_of_its_own(module: str) -> None:
    statements = ast.parse(SOURCES[module]).body

    assert all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in statements)


def test_every_floor_is_lived_on() -> None:
    assert {place_of(module) for module in SOURCES if module not in PACKAGES} == set(FLOORS)


def test_the_floors_themselves_have_no_circle() -> None:
    TopologicalSorter({place: there for place, there in FLOORS.items()}).prepare()


def test_no_modules_import_each_other_in_a_circle() -> None:
    check_circles(SOURCES)


def check_circles(sources: Mapping[str, str]) -> None:
    """Raises CycleError where modules of SOURCES import each other in a circle."""
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        names = set(imports(ast.parse(source), module))
        # A folder's own file joins what is in it, and is no part of a circle.
        graph[module] = {name for name in names if name in sources and not module.startswith(name + ".")}
    TopologicalSorter(graph).prepare()


def test_no_resource_imports_one_that_it_owns() -> None:
    assert owned_imports(SOURCES) == []


def owned_imports(sources: Mapping[str, str]) -> list[str]:
    found = []
    for card in CARDS:
        module = f"app.resources.{card.type}"
        owned = {f"app.resources.{link.type}" for link in card.links if isinstance(link, ToMany)}
        found += [
            f"{module} imports {name}"
            for name in imports(ast.parse(sources[module]), module)
            if name in owned
        ]
    return found


def test_every_resource_is_one_file_of_its_name() -> None:
    for card in CARDS:
        assert f'type="{card.type}"' in SOURCES[f"app.resources.{card.type}"]


def test_every_link_of_a_child_leads_back_to_its_owner() -> None:
    for card in CARDS:
        for link in card.links:
            if isinstance(link, ToMany):
                back = [one.key for one in RESOURCES[link.type].links if isinstance(one, ToOne)]
                assert link.key in back, f"{card.type}.{link.name}"


# What a process that serves an SQLite file at the newest revision does without: 25 MiB and half a second.
UNLOADED = {"alembic", "mako", "numpy", "PIL", "procrastinate", "psycopg", "pycocotools", "sqlite3"}


@pytest.mark.parametrize(
    ("loaded", "unloaded"), [("app.commands.serving", UNLOADED), ("app.storage.postgresql", {"alembic"})]
)
def test_what_few_need_is_not_loaded_for_all(loaded: str, unloaded: set[str]) -> None:
    listing = f"import sys, {loaded}; print(*sys.modules)"

    told = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded in told.stdout.split()
    assert unloaded.isdisjoint(told.stdout.split())


# ---- the canaries: what the checker is there to find


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("workflow.entry", "import app.errors"),
        ("workflow.entry", "from app import errors"),
        ("workflow.entry", "from starlette.requests import Request"),
        ("rpc.batches", "from workflow.errors import Refused"),
        ("rpc.batches", "from transitions import Machine"),
        ("app.attributes", "from app.storage.rows import TEXT"),
        ("app.storage.sqlite", "from app.declare import Resource"),
        ("app.storage.sqlite", "import sqlite3"),
        ("app.storage.sqlite", "from .. import declare"),
        ("app.storage.sqlite", "from ..catalog import CARDS"),
        ("app.storage.sqlite", "import importlib\nimportlib.import_module('app.catalog')"),
        ("app.storage.sqlite", "from importlib import import_module\nimport_module(name)"),
        ("app.storage.migrations.env", "from importlib import import_module\nimport_module('app.catalog')"),
        ("app.operations.reading", "from app import access"),
        ("app.operations.reading", "from app.resources.entries import ENTRIES"),
        ("app.operations.reading", "import app.web.errors"),
        ("app.access", "from app.operations import records"),
        ("app.template", "from app.operations import changes"),
        ("app.template", "from app.json import text_of"),
        ("app.operations.changes", "from app.web.jsonapi.writer import writer_of"),
        ("app.fetching.fetcher", "from app.errors import Problem"),
        ("app.geometry.reading", "from app.errors import Problem"),
        ("app.geometry.reading", "from workflow.agreement.shapes import Box"),
        ("app.resources.annotations", "import numpy as np"),
        ("app.formats.postil", "from app.errors import Problem"),
        ("app.formats.voc_reading", "from defusedxml.ElementTree import parse"),
        ("app.formats.voc_reading", "from xml.etree import ElementTree"),
        ("app.formats.archives", "import zipfile"),
        ("app.formats.yolo_yaml", "import yaml"),
        ("app.geometry.shapes", "from app.formats.items import Item"),
        ("app.resources.webhooks", "import httpcore2"),
        ("app.resources.tallies", "from app.jobs import chores"),
        ("app.jobs.worker", "from app.web.auth import Keys"),
        ("app.catalog", "from app.operations import records"),
        ("app.web.request_keys", "from app.web.errors import STATUS"),
        ("app.web.errors", "from app.web.jsonapi.negotiation import MEDIA_TYPE"),
        ("app.web.health", "from app.web.jsonapi.negotiation import MEDIA_TYPE"),
        ("app.web.docs", "from app.web.jsonapi import mounts"),
        ("app.resources.entries", "from app.json import text_of"),
        ("app.resources.entries", "from app.catalog import CARDS"),
        ("app.web.edge.guards", "from app.errors import Problem"),
        ("app.json", "from app.web.jsonapi import parse"),
        ("app.web.schemas", "from app.web.jsonapi.mounts import MOUNTS"),
        ("app.web.jsonapi.routes", "from app.web import jsonrpc"),
        ("app.web.jsonapi.routes", "from app.web.jsonrpc import CODES"),
        ("app.web.jsonapi.routes", "import rpc"),
        ("app.web.jsonapi.routes", "from app.resources.entries import ENTRIES"),
        ("app.web.jsonapi.routes", "from sqlalchemy import select"),
        ("app.web.jsonrpc", "from app.web.errors import STATUS"),
        ("app.web.jsonrpc", "from app.web import jsonapi"),
        ("app.web.jsonrpc", "from jsonrpcserver import dispatch"),
        ("app.web.jsonapi.writer", "from marshmallow_jsonapi import Schema"),
        ("app.web.jsonapi.writer", "import app.main"),
        ("app.web.files", "import httpx"),
        ("app.web.files", "from urllib.request import urlopen"),
        ("app.web.files", "from urllib import request"),
        ("app.web.files", "import urllib3.util"),
        ("app.storage.sqlite", "import obstore"),
        ("app.pictures.headers", "from PIL import Image"),
        ("app.pictures.child", "from app.errors import Problem"),
        ("app.web.files.sending", "from app.web.jsonapi import documents"),
        ("app.work", "from app.storage.blobs import Blobs"),
        ("app.work", "import pickle"),
        ("app.work", "def load(text):\n    return eval(text)"),
        ("app.work", "run = exec"),
        ("app.work", "def late():\n    import json"),
        ("app.work", "class A:\n    def late(self):\n        if True:\n            from app import errors"),
        ("app.web.auth", "from datetime import UTC, datetime\ntime = datetime.now(UTC)"),
        ("app.web.auth", "import datetime\ntime = datetime.datetime.now()"),
        ("app.jobs.worker", "import time\nstart = time.time()"),
        ("app.jobs.worker", "from time import time_ns"),
        ("app.resources.statistics", "from datetime import date\nclock = date.today"),
        ("app.reports.runs", "import json"),
        ("app.web.atlas.pages", "import json"),
        ("openapi.build", "from app.main import build"),
    ],
)
def test_checker_detects_what_may_not_be_imported(module: str, source: str) -> None:
    assert complaints(module, source) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.work", "import json\nfrom collections.abc import Mapping\nimport re\nre.compile('x')"),
        ("app.storage.migrations.write", "from importlib import import_module\nimport_module('app.catalog')"),
        ("app.__main__", "def serve():\n    from app.commands import serving"),
        ("app.web.jsonapi.routes", "from app.web.jsonapi import parse\nfrom workflow.errors import Refused"),
        ("app.main", "from app.web import docs, jsonrpc\nfrom app.web.jsonapi import routes"),
        ("app.template", "eval('1')"),
        ("app.jobs.worker", "import time\ntime.monotonic()"),
        ("app.work", "from datetime import UTC, datetime\ntime = datetime.now(UTC)"),
    ],
)
def test_checker_leaves_alone_what_may_be(module: str, source: str) -> None:
    assert complaints(module, source) == []


def test_checker_detects_a_bad_import_in_a_copy_of_the_tree() -> None:
    for module in ("app.operations.records", "app.web.jsonrpc", "workflow.entry", "rpc.dispatch"):
        bad = SOURCES[module] + "\nfrom app.web.jsonapi.routes import routes_of\n"

        assert complaints(module, SOURCES[module]) == []
        assert complaints(module, bad) != []


def test_checker_detects_a_circle() -> None:
    with pytest.raises(CycleError):
        check_circles({"app.a": "from app import b", "app.b": "import app.a"})


def test_checker_detects_an_owner_that_imports_what_it_owns() -> None:
    module = "app.resources.datasets"
    bad = {**SOURCES, module: SOURCES[module] + "\nfrom app.resources.entries import ENTRIES\n"}

    assert owned_imports(bad) != []


# ---- what has to be complete


def problems(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every class of problem below KIND."""
    for one in kind.__subclasses__():
        yield one
        yield from problems(one)


@pytest.mark.parametrize("kind", sorted(set(problems()), key=str))
def test_every_problem_stands_in_the_table_of_every_face(kind: type[Problem]) -> None:
    assert STATUS[kind] in TITLES
    assert CODES[kind] < 0


def test_the_codes_of_problems_are_their_own() -> None:
    codes = [kind.code for kind in problems()]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", sorted(set(problems()), key=str))
def test_every_problem_says_what_it_means(kind: type[Problem]) -> None:
    assert kind.__doc__


# ---- the tables and their migrations


def test_the_migrations_make_the_tables_that_are_declared(database_url: str) -> None:
    assert differences(database_url) == []


def differences(url: str) -> list[object]:
    """What a migration would still have to do to the database at URL."""
    with engine_of(url) as engine, engine.connect() as connection, warnings.catch_warnings():
        # It compares the texts of computed columns, which every database rewrites: see the next test.
        warnings.filterwarnings("ignore", "Computed default on datasets", UserWarning)
        options = {"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, SQLModel.metadata))


def test_migrated_tables_are_those_that_the_declarations_would_make(
    database_url: str, tmp_path: Path
) -> None:
    with engine_of(database_url) as engine, engine.connect() as connection:
        migrated = shapes_of(connection)

    declared = shapes_as_declared(database_url, tmp_path)

    assert migrated.keys() == declared.keys()
    for name, shape in migrated.items():
        assert shape == declared[name], name


def shapes_as_declared(url: str, folder: Path) -> dict[str, object]:
    """The shapes of tables that are made without a migration, on the same kind of database as URL's."""
    if url.startswith("sqlite:"):
        url = f"sqlite:///{folder / 'declared.db'}"
    with engine_of(url) as engine, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("CREATE SCHEMA declared"))
            connection.execute(text("SET LOCAL search_path TO declared"))
            connection.dialect.default_schema_name = "declared"
        SQLModel.metadata.create_all(connection)
        shapes = shapes_of(connection)
        connection.rollback()
    return shapes


def shapes_of(connection: Connection) -> dict[str, object]:
    """Table -> its columns, keys, rules and indexes, as the database has them."""
    seen = inspect(connection)
    kinds = (
        seen.get_columns,
        seen.get_unique_constraints,
        seen.get_foreign_keys,
        seen.get_check_constraints,
        seen.get_indexes,
    )
    found: dict[str, object] = {}
    for table in seen.get_table_names():
        if table != "alembic_version":
            parts = [sorted(repr(sorted(plain(one).items())) for one in read(table)) for read in kinds]
            options = seen.get_table_options(table) if connection.dialect.name == "sqlite" else {}
            found[table] = [*parts, seen.get_pk_constraint(table), options]
    return found


def plain(shape: Any) -> Any:
    """SHAPE with the text of each condition, which says nothing of itself otherwise."""
    if isinstance(shape, dict):
        return {name: plain(value) for name, value in shape.items()}
    return str(shape) if isinstance(shape, TextClause) else shape


def test_the_migrations_are_one_line_and_the_database_is_at_its_end(database_url: str) -> None:
    with engine_of(database_url) as engine, engine.connect() as connection:
        script = ScriptDirectory.from_config(configuration(engine))
        heads = script.get_heads()

        assert len(heads) == 1
        assert MigrationContext.configure(connection).get_current_heads() == tuple(heads)
        assert all(not revision.is_merge_point for revision in script.walk_revisions())
        assert revisions() == tuple(one.revision for one in script.walk_revisions())


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE files ADD COLUMN more TEXT",
        "DROP INDEX ix_events_record_id_position",
        "CREATE INDEX ix_files_size ON files (size)",
        "CREATE TABLE more (id TEXT PRIMARY KEY)",
    ],
)
def test_checker_detects_tables_at_odds_with_the_migrations(
    change: str, database_url: str, tmp_path: Path
) -> None:
    with engine_of(database_url) as engine, engine.connect() as connection:
        connection.execute(text("BEGIN")) if engine.dialect.name == "sqlite" else None
        connection.execute(text(change))
        try:
            assert shapes_of(connection) != shapes_as_declared(database_url, tmp_path)
        finally:
            connection.execute(text("ROLLBACK"))
