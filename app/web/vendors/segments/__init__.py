"""Segments.ai's API, as its SDK and its documentation speak it: docs/vendors/segments.md. See `face`."""
