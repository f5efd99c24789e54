"""What a team does with one dataset: who may do what, what they say about it, and what they worked on it."""

import json
import sys
from collections.abc import Callable
from typing import Any

from segments import SegmentsClient

from tests.vendors.segments.pictures import picture

BOX = {"id": 1, "category_id": 1, "type": "bbox", "points": [[1.0, 2.0], [3.0, 5.0]]}
LABEL = {"format_version": "0.1", "annotations": [BOX]}
CATEGORIES = {"format_version": "0.1", "categories": [{"id": 1, "name": "object"}]}


def error(run: Callable[[], Any]) -> str:
    """The name of what the SDK raises, or nothing."""
    try:
        run()
    except Exception as raised:
        return type(raised).__name__
    return ""


def shown(model: Any) -> Any:
    return model.model_dump(mode="json", exclude_none=True)


class Team:
    """The owner of a dataset, and another account of the organization."""

    def __init__(self, url: str, owner_key: str, other_key: str) -> None:
        self.owner = SegmentsClient(owner_key, url)
        self.other = SegmentsClient(other_key, url)
        self.other_name = self.other.get_user().username
        self.made = self.owner.add_dataset("team", task_type="vector", task_attributes=CATEGORIES)
        self.name = self.made.full_name
        self.asset = self.owner.upload_asset(picture(10), "one.png").url
        self.image = {"image": {"url": self.asset}}

    def users(self) -> Any:
        me, you = self.owner.get_user(), self.owner.get_user(self.other_name)
        return {
            "me": shown(me),
            "you": shown(you),
            "nobody": error(lambda: self.owner.get_user("nobody-of-ours")),
        }

    def datasets(self) -> Any:
        owner = self.made.owner.username
        mine = [one.full_name for one in self.owner.get_datasets()]
        before = error(lambda: self.other.get_dataset(self.name))
        updated = self.made.update(description="Changed.", public=True, archived=True, readme="More.")
        seen_when_public = self.other.get_dataset(self.name).full_name
        by_owner = [one.full_name for one in self.other.get_datasets(owner)]
        self.owner.update_dataset(self.name, public=False, archived=False)
        return {
            "mine": mine,
            "unseen": before,
            "updated": shown(updated),
            "seen_when_public": seen_when_public,
            "by_owner": by_owner,
            "others_after": [one.full_name for one in self.other.get_datasets()],
            "twice": error(lambda: self.owner.add_dataset("team", task_attributes=CATEGORIES)),
            "absent": error(lambda: self.owner.get_dataset(f"{owner}/absent")),
            "abcde": [
                error(lambda: self.owner.get_dataset("abcde")),
                error(lambda: self.owner.get_labelsets("abcde")),
                error(lambda: self.owner.get_samples("abcde")),
                error(lambda: self.owner.get_releases("abcde")),
                error(lambda: self.owner.get_issues("abcde")),
            ],
            "past_the_end": error(lambda: self.owner.get_datasets(per_page=1, page=99)),
        }

    def collaborators(self) -> Any:
        name, other = self.name, self.other_name
        added = self.owner.add_dataset_collaborator(name, other, "labeler")
        told: dict[str, Any] = {
            "added": shown(added),
            "read": shown(self.owner.get_dataset_collaborator(name, other)),
            "twice": error(lambda: self.owner.add_dataset_collaborator(name, other, "labeler")),
            "nobody": error(lambda: self.owner.add_dataset_collaborator(name, "nobody-of-ours", "labeler")),
            "sees": error(lambda: self.other.get_dataset(name)),
            "labeler_may_not_delete": error(lambda: self.other.delete_dataset(name)),
            "labeler_may_not_invite": error(
                lambda: self.other.add_dataset_collaborator(name, other, "admin")
            ),
            "count": self.owner.get_dataset(name).collaborators_count,
        }
        for role in ("reviewer", "manager", "admin", "labeler"):
            told[role] = self.owner.update_dataset_collaborator(name, other, role).role
        self.owner.delete_dataset_collaborator(name, other)
        told["after_delete"] = error(lambda: self.owner.get_dataset_collaborator(name, other))
        told["delete_again"] = error(lambda: self.owner.delete_dataset_collaborator(name, other))
        told["unseen_again"] = error(lambda: self.other.get_dataset(name))
        self.owner.add_dataset_collaborator(name, other, "reviewer")
        return told

    def samples(self) -> Any:
        client, name = self.owner, self.name
        one = client.add_sample(
            name, "one.png", self.image, {"a": 1}, 2.0, assigned_labeler=self.other_name, readme="Look."
        )
        twice = error(lambda: client.add_sample(name, "one.png", self.image))
        many = client.add_samples(
            name,
            [{"name": f"{n}.png", "attributes": self.image, "metadata": {"n": n}} for n in range(5)]
            + [{"name": "one.png", "attributes": self.image}],
        )
        changed = client.update_sample(
            one.uuid, "uno.png", metadata={"b": [1]}, priority=-1.5, assigned_reviewer=self.other_name
        )
        freed = client.update_sample(one.uuid, assigned_labeler=None, assigned_reviewer=None)
        removed = client.delete_samples(
            name, [many[0].uuid, many[1].uuid, "602a3eec-a61c-4a77-9fcc-3037ce5e9606", many[0].uuid]
        )
        client.delete_sample(many[2].uuid)
        return {
            "one": shown(one),
            "twice": twice,
            "many": [sample.name for sample in many],
            "is_the_same": many[-1].uuid == one.uuid,
            "changed": shown(changed),
            "freed": shown(freed),
            "by_urls": shown(client.get_sample(one.uuid, labelset="ground-truth", include_signed_url=True)),
            "deleted_count": removed.deleted_count,
            "gone": error(lambda: client.get_sample(many[2].uuid)),
            "left": [sample.name for sample in client.get_samples(name)],
            "unknown_dataset": error(lambda: client.delete_samples("x/y", [one.uuid])),
            "assigned_to_nobody": error(
                lambda: client.add_sample(name, "x.png", self.image, assigned_labeler="nobody-of-ours")
            ),
            "no_such": error(lambda: client.get_sample("602a3eec-a61c-4a77-9fcc-3037ce5e9606")),
            "no_uuid": error(lambda: client.get_sample("x")),
            "no_url": [
                client.add_sample(name, f"w{n}", {"image": {"url": url}}).name
                for n, url in enumerate(["url", ""])
            ],
        }

    def labelsets(self) -> Any:
        client, name = self.owner, self.name
        made = client.add_labelset(name, "model", "A model's.")
        sample = client.get_samples(name)[0]
        client.add_label(sample.uuid, "model", LABEL, "PRELABELED", score=0.5)
        told = {
            "made": shown(made),
            "read": shown(client.get_labelset(name, "model")),
            "all": [[one.name, one.description] for one in client.get_labelsets(name)],
            "twice": error(lambda: client.add_labelset(name, "model")),
            "score": client.get_label(sample.uuid, "model").score,
            "unlabelled": error(lambda: client.get_label(sample.uuid, "ground-truth")),
            "no_labelset": error(lambda: client.get_label(sample.uuid, "absent")),
        }
        client.delete_labelset(name, "model")
        return told | {
            "gone": error(lambda: client.get_labelset(name, "model")),
            "delete_again": error(lambda: client.delete_labelset(name, "model")),
            "label_gone": error(lambda: client.get_label(sample.uuid, "model")),
        }

    def issues(self) -> Any:
        client = self.owner
        sample = client.get_samples(self.name)[0]
        anchor = {"type": "location", "frame": 0, "location": {"type": "2d", "x": 3.5, "y": 4.0}}
        made = client.add_issue(sample.uuid, "Is this a cat?", anchor=anchor)
        other = client.add_issue(sample.uuid, "Blurred.")
        closed = client.update_issue(made.uuid, "A cat.", "CLOSED")
        told = {
            "made": shown(made),
            "closed": shown(closed),
            "all": sorted(one.description for one in client.get_issues(self.name)),
            "of_sample": sorted(one.description for one in sample.get_issues()),
            "unseen": error(lambda: self.other.add_issue(sample.uuid, "Mine?")),
        }
        client.delete_issue(other.uuid)
        return told | {
            "left": [one.description for one in client.get_issues(self.name)],
            "delete_again": error(lambda: client.delete_issue(other.uuid)),
        }

    def work(self) -> Any:
        """A labeler submits and a reviewer rejects, and each of it is a unit of work."""
        sample = self.owner.get_samples(self.name)[0]
        self.owner.update_dataset_collaborator(self.name, self.other_name, "labeler")
        self.other.add_label(sample.uuid, "ground-truth", LABEL, "LABELING_IN_PROGRESS")
        issue = self.other.add_issue(sample.uuid, "Too dark.")
        self.other.update_label(sample.uuid, "ground-truth", label_status="LABELED")
        refused = error(lambda: self.other.update_label(sample.uuid, "ground-truth", label_status="REVIEWED"))
        self.owner.update_label(sample.uuid, "ground-truth", label_status="REJECTED")
        units = self.owner.get_workunits(self.name)
        return {
            "issue_by": issue.created_by,
            "refused": refused,
            "units": [[one.work_type, one.created_by, one.sample_name] for one in units],
            "times": [one.time >= 0 and one.inactive_time >= 0 for one in units],
            "first_first": [one.created_at for one in self.owner.get_workunits(self.name, direction="asc")]
            == [one.created_at for one in reversed(units)],
            "later": len(self.owner.get_workunits(self.name, start="2999-01-01T00:00:00")),
            "earlier": len(self.owner.get_workunits(self.name, end="2999-01-01T00:00:00")),
            "a_page": len(self.owner.get_workunits(self.name, per_page=1)),
        }

    def clone(self) -> Any:
        plain = self.owner.clone_dataset(self.name)
        labelled = self.owner.clone_dataset(
            self.name, new_name="again", new_task_type="bboxes", new_public=True, clone_labels=True
        )
        told = {
            "plain": [plain.full_name, plain.cloned_from, plain.task_type, plain.public],
            "labelled": [labelled.full_name, labelled.task_type, labelled.public],
            "samples": [
                [one.name, one.label and one.label.label_status]
                for one in self.owner.get_samples(plain.full_name, labelset="ground-truth")
            ],
            "labels": [
                [one.name, one.label and one.label.label_status]
                for one in self.owner.get_samples(labelled.full_name, labelset="ground-truth")
            ],
            "twice": error(lambda: self.owner.clone_dataset(self.name)),
        }
        plain.delete()
        return told | {"deleted": error(lambda: self.owner.get_dataset(plain.full_name))}


def main(url: str, owner_key: str, other_key: str) -> Any:
    team = Team(url, owner_key, other_key)
    told = {
        "users": team.users(),
        "datasets": team.datasets(),
        "collaborators": team.collaborators(),
        "samples": team.samples(),
        "labelsets": team.labelsets(),
        "issues": team.issues(),
        "work": team.work(),
        "clone": team.clone(),
        "wrong_key": error(lambda: SegmentsClient("nonsense", url)),
        "name": team.name,
    }
    team.owner.delete_dataset(team.name)
    return told | {"deleted": error(lambda: team.owner.get_dataset(team.name))}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
