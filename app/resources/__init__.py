"""What exists: one file a resource, holding its table, its rules and its card.

A resource may import the ones that own it (an entry's dataset, a dataset's project), never the
ones it owns; cards link to those by type name.
"""
