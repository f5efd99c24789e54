"""Rules of work: which states there are, and what leads from one to another.

Pure: state and facts in, state out. No HTTP, no SQL, no clock and no chance of its own.
"""
