"""Media: pictures and videos come in as files or by their addresses, and are got and deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from app.declare import RESOURCES
from app.formats.datagym_words import Refused
from app.media_types import is_picture
from app.operations import records
from app.operations.reading import may
from app.resources import files
from app.web.files.sending import Sent
from app.web.uploads.arrivals import Arrived, brought
from app.web.uploads.names import name_in_header
from app.web.vendors.calls import Call, told
from app.web.vendors.datagym import finding
from app.web.vendors.datagym.answering import PATIENCE, empty, settled
from app.web.vendors.datagym.telling import is_address, name_in, name_of, told_medium
from app.web.vendors.files import sender_of
from app.work import Work
from workflow.entry import Status

MOST_ADDRESSES = 1000  # of one request; the client sends 50
_UNSUPPORTED = frozenset({"not_an_image", "image_too_large", "item_invalid"})


# ---- files


async def upload(call: Call) -> Response:
    """One file, the body, called as X-filename says. Its type is told by its content."""
    given = call.request.headers.get("x-filename")
    if not given:
        raise Refused("validation", (), "/X-filename", "X-filename says what the file is called")
    name = name_in_header(given)
    await call.read(lambda work: _may_upload(work, call.path["id"]))
    file = await call.file(lambda: name)
    entry, attached = await call.write(
        lambda work: _uploaded(call.as_they_stand(work), call.path["id"], file)
    )
    await settled(call, attached)
    return told(told_medium(entry))


def _may_upload(work: Work, dataset_id: str) -> None:
    """Raise what would be raised anyhow before what may be a gigabyte is read."""
    may(work, "write")
    finding.dataset(work, dataset_id)


def _uploaded(work: Work, dataset_id: str, file: Arrived) -> tuple[Any, tuple[str, ...]]:
    """The new medium, and the datasets that it comes into from there."""
    dataset = finding.dataset(work, dataset_id)
    if any(fault.code == "not_an_image" for fault in file.faults):
        raise _wrong_type()
    ((name, content, _),) = brought([file])
    kind = "video/" if finding.media_type(dataset) == finding.VIDEO else "image/"
    if not content.media_type.startswith(kind):
        raise _wrong_type()
    same = finding.rows_of(work, "entries", dataset_id=dataset.id, resource=name)
    if next(same, None) is not None:
        detail = f"the dataset has a file called {name}"
        raise Refused("alreadyexists", ("Image", "name", name), "", detail)
    files.add(work, dataset.organization_id, content)
    values = {
        "dataset_id": dataset.id,
        "resource": name,
        "content_hash": content.hash,
        "media_type": content.media_type,
        "width": content.header.width if content.header else None,
        "height": content.header.height if content.header else None,
    }
    made = records.create(work, RESOURCES["entries"], values).row
    return made, tuple(one.id for one in finding.attachments(work, dataset.id))


def _wrong_type() -> Refused:
    detail = "the content is neither JPEG nor PNG nor WEBP, or the dataset is of videos and it is none"
    return Refused("gen_wrong_media_type", (), "", detail)


# ---- addresses


async def upload_addresses(call: Call) -> Response:
    """Media at addresses, each of which is fetched and looked at: what came of each, in their order."""
    body = await call.json()
    given = body.get("imageUrlSet") if isinstance(body, dict) else body
    urls = _addresses(given if given is not None else [])
    id = call.path["id"]
    before, job_id, attached = await call.write(lambda work: _begun(work, id, urls))
    if job_id:
        await call.ended(job_id, PATIENCE)
    removed = await call.write(lambda work: _tidied(work, id, job_id))
    await settled(call, attached)
    codes = await call.read(lambda work: _codes(work, job_id))
    codes |= dict.fromkeys(removed, "not_an_image")
    return told(await call.read(lambda work: _came(_at(work, id.lower(), urls), urls, before, codes)))


def _addresses(given: object) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Refused("validation", (), "", "the body is a list of addresses")
    if len(given) > MOST_ADDRESSES:
        raise Refused("validation", (), "", f"at most {MOST_ADDRESSES} addresses are taken at once")
    return given


def _begun(work: Work, dataset_id: str, urls: Sequence[str]) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """What is there already, by its address; the job that brings the others; and where they come to."""
    may(work, "write")
    dataset = finding.dataset(work, dataset_id)
    if finding.media_type(dataset) == finding.VIDEO:
        detail = "a dataset of videos takes files alone"
        raise Refused("gen_url_not_allowed_mediatype", (), "", detail)
    before = _at(work, dataset.id, urls)
    items = [{"url": url} for url in dict.fromkeys(urls) if url not in before and is_address(url)]
    job_id = ""
    if items:
        asked = {"items": items, "download": True, "keep_same_content": True}
        card = RESOURCES["datasets"]
        (action,) = (one for one in card.actions if one.name == "imports")
        job_id = records.act(work, card, dataset.id, action, asked).id
    return before, job_id, tuple(one.id for one in finding.attachments(work, dataset.id))


def _at(work: Work, dataset_id: str, urls: Sequence[str]) -> dict[str, Any]:
    """Address -> its medium."""
    asked = tuple(dict.fromkeys(urls))
    if not asked:
        return {}
    found = finding.rows_of(work, "entries", dataset_id=dataset_id, resource=asked, status=finding.THERE)
    return {one.resource: one for one in found}


def _tidied(work: Work, dataset_id: str, job_id: str) -> list[str]:
    """What could not be fetched is no medium, and a video at an address is none: the addresses of these."""
    removed = []
    brought = finding.rows_of(work, "entries", dataset_id=dataset_id.lower(), job_id=job_id)
    for entry in list(brought) if job_id else ():
        is_video = entry.status in finding.THERE and not is_picture(entry.media_type or "")
        if is_video or entry.status == Status.PROCESSING_ERROR:
            records.delete(work, RESOURCES["entries"], entry.id)
        removed += [entry.resource] if is_video else []
    return removed


def _codes(work: Work, job_id: str) -> dict[str, str]:
    """Address -> why it could not be brought."""
    found = finding.rows_of(work, "job_errors", job_id=job_id) if job_id else ()
    return {one.item: one.code for one in found}


def _came(
    there: Mapping[str, Any], urls: Sequence[str], before: Mapping[str, Any], codes: Mapping[str, str]
) -> list[dict[str, Any]]:
    seen: set[str] = set()
    came = []
    for url in urls:
        medium = there.get(url)
        if medium is None:
            status = "UNSUPPORTED_MIME_TYPE" if codes.get(url) in _UNSUPPORTED else "FAILED"
        else:
            status = "DUPLICATE" if url in before or url in seen else "SUCCESS"
        seen.add(url)
        came.append(
            {
                "internal_media_ID": medium.id if medium else None,
                "external_media_ID": name_of(medium) if medium else name_in(url),
                "imageUrl": url,
                "mediaUploadStatus": status,
            }
        )
    return came


# ---- got and deleted


async def download(call: Call) -> Response:
    """The picture; of a video the address, at which it is got without a key."""
    id = call.path["id"]
    entry, found, version = await call.read(lambda work: _kept(work, id))
    if found is None:
        if is_address(entry.resource):
            return RedirectResponse(entry.resource, 302)
        raise finding.unknown("Media", id)
    name = name_of(entry)
    if found[0].startswith("video/"):
        addresses = call.service.database.sources.addresses
        url = f"{call.base}/{addresses.path('entries', entry.id, version, name)}"
        return Response(url, media_type="text/plain", headers={"Vary": "Authorization"})
    sent = Sent(found[0], found[1], f'"{entry.content_hash}"', name, "private, no-cache")
    return await sender_of(call.service).file(call.request, entry.content_hash, sent)


def _kept(work: Work, id: str) -> tuple[Any, tuple[str, int] | None, int]:
    """The entry, the type and size of its file where there is one, and the version of its addresses."""
    entry = finding.record(work, "entries", id, "Media")
    if entry.status not in finding.THERE:
        raise finding.unknown("Media", id)
    dataset = finding.record(work, "datasets", entry.dataset_id, "Media")
    found = files.find(work, entry.content_hash) if entry.content_hash else None
    return entry, found, dataset.addresses_version


async def delete(call: Call) -> Response:
    await call.write(lambda work: _deleted(work, call.path["id"]))
    return empty()


def _deleted(work: Work, id: str) -> None:
    """The medium goes, and its tasks in all projects."""
    entry = finding.medium(work, id)
    card = RESOURCES["entries"]
    attached = [one.id for one in finding.attachments(work, entry.dataset_id)]
    for one in finding.twins(work, attached, (entry.id,)):
        records.delete(work, card, one.id, is_forced=True)
    records.delete(work, card, entry.id, is_forced=True)
