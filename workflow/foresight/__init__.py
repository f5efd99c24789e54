"""What will become of work: a draft played with given people, and when what stands will be done.

Pure: the past and the people are handed in, and so is chance. It must not know records, SQL or HTTP.
"""
