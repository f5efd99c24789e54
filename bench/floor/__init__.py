"""The floor: the least Python that sends Postil's bytes. Raw ASGI, one prepared statement, rows to bytes.

It checks no key, no permission and no body, keeps no history and no counts, and answers the measures'
requests alone. It is no program to run, but the mark that Postil's own cost is read against. Writes are
durable here too.
"""
