"""The routes that the document leaves out, each with its reason. A test holds all others to stand in it."""

from app.web.docs import contract_of
from app.web.jsonapi.mounts import MOUNTS
from app.web.vendors.catalog import FACES

PAGES = {
    "/docs": "a page for people",
    "/docs/{name}": "the page's scripts and styles",
    "/docs/openapi-3.0.json": "the same document, for the page and for tools that do not read 3.1",
    "/docs/start.js": "the page's own script",
} | {contract_of(face): f"what clients of {face.name} are answered" for face in FACES}
# The seed's mount has every path of the plain one below its own, and types with a prefix: a `servers` entry
# would be a lie about types, and all paths twice would say nothing more. `info.description` states the rule.
TWINS = tuple(mount.path for mount in MOUNTS if mount.path)
