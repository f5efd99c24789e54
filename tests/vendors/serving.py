"""A server in a process of its own, people with keys, and a restart amid whatever they do."""

from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.serving import Caller, Site


@dataclass(frozen=True)
class Person:
    """An account of the organization: its id, its email, a key of every scope."""

    id: str
    email: str
    key: str


class VendorSite(Site):
    """A site as campaigns have it, of one server."""

    @classmethod
    def embedded(cls, folder: Path) -> "VendorSite":
        """A new organization on an SQLite database in FOLDER."""
        return cls(folder, f"sqlite:///{folder}/postil.db")

    def __enter__(self) -> "VendorSite":
        return self

    @property
    def url(self) -> str:
        """Where it listens: http://127.0.0.1:port, without a slash."""
        return self.processes[0].url

    def main(self, key: str = "") -> Caller:
        """Who speaks the main API for the holder of KEY, the owner's by default."""
        return self.caller(key)

    def restart(self) -> None:
        """Kill the server wherever it is, and start it again at the same port."""
        [process] = self.processes
        process.kill()
        process.start()

    def join(self, name: str, project: str = "", role: str = "", email: str = "") -> Person:
        """A new account called NAME, with a key, and a ROLE in PROJECT where they are given."""
        owner = self.main()
        email = email or f"{name}@vendors.example"
        account = owner.make("accounts", email=email, name=name)
        if project:
            owner.make("project_members", project_id=project, account_id=account, role=role)
        return Person(account, email, self._key(owner, account))

    def _key(self, owner: Caller, account: str) -> str:
        attributes = {"account_id": account, "scopes": ["read", "write", "admin"]}
        made = owner.ask("POST", "/api_keys", {"data": {"type": "api_keys", "attributes": attributes}})
        assert made.status == 201, made
        return str(made.document["meta"]["secret"])
