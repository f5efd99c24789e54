"""Users, collaborators, roles, and what each may see and do."""

from typing import Any

import pytest

from tests.app.vendors.segments.client import BOXES, Client
from tests.lab import Lab, Person


@pytest.fixture
def jane(lab: Lab) -> Client:
    """Somebody of the organization who works nowhere yet."""
    return Client(lab.outsider)


def test_somebody_is_told_by_their_name_and_so_is_the_organization(owner: Client, jane: Client) -> None:
    me = owner.get("/user").value
    you = owner.get(f"/users/{jane.name}").value
    organization = owner.get(f"/users/{me['organizations'][0]['username']}/").value

    assert (me["is_organization"], you["username"], you["is_organization"]) == (False, jane.name, False)
    assert organization["is_organization"] is True
    assert owner.get("/users/nobody").status == 404


def test_a_username_is_what_a_dataset_is_called_by(owner: Client, lab: Lab) -> None:
    lab.owner.update("accounts", lab.owner.account, username="ana")

    made = owner.post("/user/datasets/", {"name": "cats"})

    assert made.value["full_name"] == "ana/cats"
    assert owner.get("/datasets/ana/cats/").value["owner"]["username"] == "ana"


def test_a_collaborator_is_an_object_to_the_sdk_and_a_name_to_others(
    owner: Client, lab: Lab, jane: Client, at: str
) -> None:
    plain = Client(lab.owner, source=None)

    added = owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "reviewer"})
    by_curl = plain.get(f"{at}/collaborators/{jane.name}")

    assert (added.status, added.value["role"]) == (201, "reviewer")
    assert added.value["user"]["username"] == jane.name
    assert owner.get(f"{at}/collaborators/{jane.name}").value == added.value
    assert by_curl.value == {"user": jane.name, "role": "reviewer"}


@pytest.mark.parametrize(
    ("role", "ours"),
    [
        ("labeler", "annotator"),
        ("reviewer", "reviewer"),
        ("manager", "project_owner"),
        ("admin", "project_owner"),
    ],
)
def test_every_role_is_one_of_ours_and_told_as_it_was_given(
    owner: Client, lab: Lab, jane: Client, at: str, role: str, ours: str
) -> None:
    owner.post(f"{at}/collaborators/", {"user": jane.name})

    given = owner.patch(f"{at}/collaborators/{jane.name}", {"role": role})

    assert given.value["role"] == role
    assert owner.get(f"{at}/collaborators/").value[0]["role"] == role
    [member] = lab.owner.get("/project_members").data
    assert member["attributes"]["role"] == ours


def test_who_was_a_collaborator_can_be_one_again(owner: Client, jane: Client, at: str) -> None:
    owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "reviewer"})
    gone = owner.delete(f"{at}/collaborators/{jane.name}")

    again = owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "labeler"})

    assert (gone.status, gone.text) == (204, "")
    assert (again.status, again.value["role"]) == (201, "labeler")
    assert owner.get(f"{at}/").value["collaborators_count"] == 1


def test_each_refusal_has_the_words_that_the_client_looks_for(owner: Client, jane: Client, at: str) -> None:
    body = {"user": jane.name, "role": "labeler"}
    owner.post(f"{at}/collaborators/", body)

    refusals = {
        "is already a collaborator": owner.post(f"{at}/collaborators/", body),
        "cannot be added as collaborator": owner.post(f"{at}/collaborators/", {"user": owner.name}),
        "does not exist": owner.post(f"{at}/collaborators/", {"user": "nobody", "role": "labeler"}),
        "not a valid choice": owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "viewer"}),
        "do not have permission": jane.post(f"{at}/collaborators/", {"user": owner.name, "role": "admin"}),
    }

    for words, refusal in refusals.items():
        assert 400 <= refusal.status < 500
        assert words in refusal.text.lower()
    absent = owner.get(f"{at}/collaborators/nobody")
    assert (absent.status, "not found" in absent.text.lower()) == (404, True)


def test_what_is_private_is_not_found_and_what_is_public_is_read_alone(
    owner: Client, jane: Client, at: str
) -> None:
    unseen = jane.get(f"{at}/")
    owner.patch(f"{at}/", {"public": True})
    uuid = owner.sample(at)

    assert unseen.status == 404
    assert [one["name"] for one in jane.get("/user/datasets/").value] == ["cats"]
    assert jane.get(f"/samples/{uuid}/").status == 200
    refusals: list[Any] = [
        jane.patch(f"{at}/", {"description": "Mine."}),
        jane.delete(f"{at}/"),
        jane.post(f"{at}/samples/", {"name": "x", "attributes": {"image": {"url": "x"}}}),
        jane.patch(f"/samples/{uuid}/", {"priority": 3}),
        jane.delete(f"/samples/{uuid}/"),
        jane.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "LABELED"}),
        jane.post(f"{at}/releases/", {"name": "v1"}),
        jane.post(f"{at}/labelsets/", {"name": "mine"}),
    ]
    assert {one.status for one in refusals} == {403}
    assert all("do not have permission" in one.text for one in refusals)


def test_a_member_of_another_project_sees_nothing(lab: Lab, owner: Client, at: str) -> None:
    other = Client(lab.annotator)
    uuid = owner.sample(at)

    answers = [
        other.get(f"{at}/"),
        other.get(f"{at}/samples/"),
        other.get(f"{at}/releases/"),
        other.get(f"{at}/workunits/"),
        other.get(f"/samples/{uuid}/"),
        other.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELED"}),
        other.delete(f"{at}/"),
    ]

    assert {one.status for one in answers} == {404}
    assert other.get("/user/datasets/").value == []


def test_only_administrators_make_datasets(jane: Client) -> None:
    refused = jane.post("/user/datasets/", {"name": "mine"})

    assert refused.status == 403
    assert "do not have permission" in refused.text


def test_a_key_that_only_reads_writes_nothing(lab: Lab, owner: Client, at: str) -> None:
    key = lab.key(lab.owner.account, ("read",))
    reader = Client(Person(lab.house, key))

    assert reader.get(f"{at}/").status == 200
    assert reader.patch(f"{at}/", {"description": "x"}).status == 403
    assert reader.post("/assets/", {"filename": "a.png"}).status == 403


@pytest.mark.parametrize("key", ["nonsense", "", "x" * 5000])
def test_a_wrong_key_is_told_so_at_once(lab: Lab, key: str) -> None:
    wrong = Client(Person(lab.house, key or None))

    answer = wrong.get("/segments/api_status/?lib_version=1.33.0")

    assert answer.status == 401
    assert "authentication credentials were not provided" in answer.text.lower()


def test_a_good_key_is_told_so(owner: Client) -> None:
    answer = owner.get("/api_status/?lib_version=1.33.0")

    assert (answer.status, answer.value) == (200, {})
