"""The faces: each reads one wire format, calls app.operations, and writes the answer.

Faces never import one another; what they share (bodies, keys, routing) stands beside them.
"""
