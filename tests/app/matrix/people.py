"""The people of the matrix: one organization with somebody in every column, and a rival."""

from functools import cached_property
from uuid import uuid4

from tests.lab import CANARY, House, Lab, Person

LONG_AGO = "2020-01-01T00:00:00Z"


class Cast:
    """The columns of roles.md, as people. `lab` is theirs, `rival` the other organization."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.lab = Lab(house, f"Matrix {uuid4().hex[:8]}")
        self.rival = Lab(house, f"Rival {uuid4().hex[:8]}", mark=CANARY)

    @cached_property
    def columns(self) -> dict[str, tuple[Person, ...]]:
        """Column -> who stands in it."""
        lab = self.lab
        return {
            "nobody": (lab.stranger, self._disabled(), self._revoked(), self._expired()),
            "rival": (self.rival.owner,),
            "owner": (lab.owner,),
            "admin": (lab.admin,),
            "lead": (lab.project_owner,),
            "annotator": (lab.annotator,),
            "idle_annotator": (lab.person("annotator"),),
            "reviewer": (lab.reviewer,),
            "idle_reviewer": (lab.person("reviewer"),),
            "neighbour": (self._neighbour(),),
            "outsider": (lab.outsider,),
            "left": (self._left(),),
            "read": (self.owner_with("read"),),
            "write": (self.owner_with("write"),),
            "no_admin": (self.owner_with("read", "write"),),
        }

    def owner_with(self, *scopes: str) -> Person:
        """The owner, with a key of SCOPES alone."""
        owner = self.lab.owner.account
        return Person(self.house, self.lab.key(owner, scopes), account=owner)

    @cached_property
    def another_project(self) -> str:
        return self.lab.owner.create("projects", name="Lungs", organization_id=self.lab.organization).id

    def _neighbour(self) -> Person:
        return self.lab.person("project_owner", project=self.another_project)

    def _left(self) -> Person:
        person = self.lab.person("project_owner")
        assert self.lab.owner.delete(f"/project_members/{person.member}").status == 204
        return person

    def _disabled(self) -> Person:
        person = self.lab.person("project_owner", organization_role="admin")
        assert self.lab.owner.update("accounts", person.account, disabled_at=LONG_AGO).status == 200
        return person

    def _revoked(self) -> Person:
        made = self.lab.owner.create("api_keys", scopes=["read", "write", "admin"])
        assert self.lab.owner.delete(f"/api_keys/{made.id}").status == 204
        return Person(self.house, made.document["meta"]["secret"], account=self.lab.owner.account)

    def _expired(self) -> Person:
        made = self.lab.owner.create("api_keys", scopes=["read", "write", "admin"], expires_at=LONG_AGO)
        return Person(self.house, made.document["meta"]["secret"], account=self.lab.owner.account)
