"""Places outside of ours that imports read: folders of this machine and buckets of S3. Nothing is written."""

from app.storage.buckets.naming import open_buckets

__all__ = ["open_buckets"]
