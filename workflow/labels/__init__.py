"""Label configurations: the classes and questions of a dataset, what fits them, and what changing them does.

Pure: values in, values out. No HTTP, no SQL, no geometry: of dimensions it reads `type` alone.
"""
