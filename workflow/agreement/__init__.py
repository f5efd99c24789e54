"""How far people agree who annotated the same thing: geometry, matching, coefficients, and an entry's score.

Pure mathematics on values that are handed in. It must not know records, people's rights, SQL or HTTP.
"""
