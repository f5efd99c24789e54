"""What somebody does with JTheta's SDK: a dataset is downloaded, and how far its project is."""

import json
import sys
from typing import Any

import requests
from jtheta.client import JThetaClient  # type: ignore[import-not-found,unused-ignore]


def main(base: str, key: str, title: str, dataset: str) -> dict[str, Any]:
    client = JThetaClient(key, base)
    told = client.download_dataset(int(dataset), format="json", version="1.0")
    file = requests.get(told["download_url"], timeout=60)
    return {"status": client.check_annotation_status(title), "file": file.json()}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
