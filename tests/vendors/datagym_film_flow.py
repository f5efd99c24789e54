"""A script of DataGym's SDK, 0.7.2: a video is uploaded, its labels are exported, and it is got again."""

import base64
import json
import sys
from typing import Any

from datagym import Client
from datagym.models import Video

from tests.vendors.pauses import pause


def main(url: str, key: str, film: str) -> dict[str, Any]:
    client = Client(api_key=key, base_url=url)
    dataset = client.get_dataset_by_name("Films")
    uploaded = client.upload_image(dataset.id, film)
    project = client.get_project_by_name("Cinema")
    client.add_dataset(dataset.id, project.id)

    pause("label")

    project = client.get_project_by_name("Cinema")
    (video,) = project.get_media()
    exported = client.export_labels(project.id)
    single = client.export_single_video_labels(project.id, video.id)
    client.download_video(video, ".")
    return {
        "uploaded": uploaded.id,
        "kinds": [project.media_type, project.datasets[0].media_type, isinstance(video, Video)],
        "video": [video.id, video.video_name],
        "exported": exported,
        "single": single,
        "bytes": base64.b64encode(client.download_video_bytes(video)).decode(),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
