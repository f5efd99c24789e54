"""Reads roles.md: every row of who may do what. It knows nothing of the service."""

from dataclasses import dataclass
from pathlib import Path

BY_JOB = ("apply", "undo", "imports", "attach", "clone", "compare")  # what is answered by a job
ACTIONS = (
    *("assign", "select", "submit", "skip", "error", "send_back", "reopen", "resolve", "lease"),
    *("take_over", "cancel", "replay", "test", "label", "revoke_addresses"),
    *BY_JOB,
)
ON_ITS_RECORD = (
    *(*ACTIONS, "history", "difference", "statistics", "restore", "next", "draft"),
    *("workflow", "validate", "migrate", "simulate", "forecast", "agreement", "preview", "sign_in_link"),
    "health",
)

ROLES = Path(__file__).with_name("roles.md")


@dataclass(frozen=True)
class Line:
    """A row of the table: what is asked, on which scene, and what each column is answered."""

    method: str
    template: str  # of the path, without a mount
    query: str
    rpc: str | None  # the JSON-RPC method that does the same
    scene: str
    cells: dict[str, str]  # column -> a status, `sees` or `none`

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}{self.query and '?' + self.query} on {self.scene}"

    @property
    def type(self) -> str:
        return self.template.split("/")[1]

    @property
    def verb(self) -> str:
        """What is done, as JSON-RPC calls it, or index, update_many, relationship or related."""
        parts = self.template.strip("/").split("/")
        if len(parts) == 1:
            return {"GET": "index", "POST": "create", "PATCH": "update_many"}[self.method]
        if len(parts) == 2:
            return {"GET": "show", "PATCH": "update", "DELETE": "delete"}[self.method]
        if parts[2] == "relationships":
            return "relationship"
        return parts[-1] if parts[-1] in ON_ITS_RECORD else "related"

    @property
    def link(self) -> str:
        """The link that a relationship or related route goes by."""
        return self.template.rpartition("/")[2]

    @property
    def is_change(self) -> bool:
        return self.method != "GET" or self.verb == "select"


def lines() -> list[Line]:
    """Every row of roles.md, in its order."""
    found: list[Line] = []
    columns: list[str] = []
    for text in ROLES.read_text().splitlines():
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if not text.startswith("|") or cells[0].startswith("-"):
            continue
        if cells[0] == "route":
            columns = cells[3:]
        elif len(cells) == len(columns) + 3:
            found.append(_line(cells, columns))
    return found


def _line(cells: list[str], columns: list[str]) -> Line:
    method, _, path = cells[0].partition(" ")
    template, _, query = path.partition("?")
    rpc = None if cells[1] == "-" else cells[1]
    return Line(method, template, query, rpc, cells[2], dict(zip(columns, cells[3:], strict=True)))
