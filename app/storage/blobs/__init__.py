"""Contents by their hash: in a folder, or in a bucket of S3. It knows no record, no tenant and no picture."""

from app.storage.blobs.blobs import Blobs
from app.storage.blobs.keys import hash_of, is_hash
from app.storage.blobs.opening import open_blobs

__all__ = ["Blobs", "hash_of", "is_hash", "open_blobs"]
