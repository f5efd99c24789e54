"""Theos, as the curl lines of its documentation speak it: there is no client package."""
