"""A site with people, pictures and labels, as its dashboard is tried on."""

import struct
import time
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.campaigns.serving import Caller
from tests.vendors.serving import Person, VendorSite

PATIENCE = 60  # seconds that a job may take
PASSWORD = "correct horse battery"

LABELS: dict[str, Any] = {
    "classes": [
        {
            "id": "car",
            "name": "Car",
            "color": "#e63946",
            "geometries": ["box", "polygon"],
            "attributes": [
                {
                    "id": "colour",
                    "name": "Colour",
                    "type": "select",
                    "required": True,
                    "options": [{"id": "red", "name": "Red"}, {"id": "blue", "name": "Blue"}],
                },
                {"id": "parked", "name": "Parked", "type": "boolean"},
                {"id": "plate", "name": "Plate", "type": "text", "max_length": 12},
            ],
        },
        {"id": "road", "name": "Road", "color": "#457b9d", "geometries": ["polygon"]},
        {"id": "sign", "name": "Sign", "color": "#2a9d8f", "geometries": ["box", "point"]},
    ],
    "classifications": [
        {
            "id": "weather",
            "name": "Weather",
            "type": "select",
            "options": [{"id": "sun", "name": "Sun"}, {"id": "rain", "name": "Rain"}],
        }
    ],
}


ROLES = {"ann": "annotator", "ben": "annotator", "rui": "reviewer", "lea": "project_owner"}


@dataclass
class Studio:
    """The SITE, its PEOPLE by name, and what they work on."""

    site: VendorSite
    people: dict[str, Person]
    project: str

    @property
    def owner(self) -> Caller:
        return self.site.main()

    def caller(self, name: str) -> Caller:
        """Who speaks the API for the person called so."""
        return self.site.main(self.people[name].key)

    def join(self, name: str, project: str = "", role: str = "") -> Person:
        """A new account called NAME, of an email of its own; with a ROLE in PROJECT where they are given."""
        person = self.site.join(name, project, role, email=f"{name}-{uuid4().hex[:8]}@studio.example")
        self.people[name] = person
        return person

    def dataset(self, name: str, pictures: int = 4, **attributes: Any) -> str:
        """A new dataset of so many PICTURES, with LABELS; its id."""
        attributes.setdefault("labeling_configuration", LABELS)
        id = self.owner.make("datasets", project_id=self.project, name=name, modality="image", **attributes)
        for n in range(pictures):
            self.entry(id, n)
        return id

    def entry(self, dataset: str, n: int = 0, **attributes: Any) -> str:
        """A new entry of the dataset, with a picture of its own."""
        content = picture(640, 400, n)
        headers = {"Content-Type": "image/png", "X-filename": f"street-{n}.png"}
        asset = self.owner.send("POST", "/assets", content, headers)
        assert asset.status == 201, asset
        body = {"data": {"attributes": {"assets": [asset.id]}}}
        return self.imported(dataset, body)[0]

    def imported(self, dataset: str, body: Any) -> list[str]:
        """The ids of the entries that an import of BODY has made."""
        before = set(self.entries(dataset))
        job = self.owner.ask("POST", f"/datasets/{dataset}/imports", body)
        assert job.status == 202, job
        self.ended(job.id)
        return [id for id in self.entries(dataset) if id not in before]

    def entries(self, dataset: str) -> list[str]:
        """The ids of the dataset's entries, oldest first."""
        listed = self.owner.ask("GET", f"/entries?filter[dataset_id]={dataset}&sort=created_at&fields=status")
        return [one["id"] for one in listed.document["data"]]

    def ended(self, job: str) -> Any:
        """The attributes of the job once it has ended."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            told = self.owner.ask("GET", f"/jobs/{job}").document["data"]["attributes"]
            if told["finished_at"]:
                return told
            time.sleep(0.05)
        raise AssertionError(f"job {job} does not end")


def studio_of(site: VendorSite) -> Studio:
    """New people and a new project in a SITE that is served: no test meets what another has left."""
    project = site.main().make("projects", name="Streets", organization_id=site.organization)
    studio = Studio(site, {}, project)
    for name, role in ROLES.items():
        studio.join(name, project, role)
    studio.join("out")
    return studio


def picture(width: int, height: int, n: int = 0) -> bytes:
    """A PNG of stripes, another for each N."""
    rows = []
    for y in range(height):
        shade = (y * 255 // height + 40 * n) % 256
        left, right = bytes((shade, 90, (30 * n) % 256)), bytes((60, shade, 160))
        middle = width // 2 + (n * 13) % 80
        rows.append(b"\0" + left * middle + right * (width - middle))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"IDAT", zlib.compress(b"".join(rows))),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
