"""Organizations: the tenants. Nothing of one is ever seen by another."""

from typing import Annotated

from sqlalchemy import false

from app.access import administrators, everyone_of
from app.attributes import at_most
from app.declare import Access, Resource
from app.resources.health import HEALTH
from app.storage.rows import STRICT, Row, text


class Organization(Row, table=True):
    __tablename__ = "organizations"
    __table_args__ = STRICT

    name: Annotated[str, at_most(255)] = text("What people call it.")


ORGANIZATIONS = Resource(
    Organization,
    type="organizations",
    about="A tenant: its people, its projects and all that belongs to them. `postil init` makes one.",
    access=Access(
        read=everyone_of(Organization.id),
        create=lambda sight: false(),
        update=administrators(Organization.id),
        delete=lambda sight: false(),
    ),
    example={"name": "Lund Eye Clinic"},
    summaries=(HEALTH,),
    verbs=frozenset({"index", "show", "update"}),
    key_scope="admin",
)
