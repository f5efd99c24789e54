"""The datasets that a client lists, with their task types."""

import json
import sys

from segments import SegmentsClient


def main(url: str, key: str) -> dict[str, str]:
    return {one.name: one.task_type for one in SegmentsClient(key, url).get_datasets()}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
