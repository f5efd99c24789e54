"""The published contract."""
