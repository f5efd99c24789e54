"""How fast data comes in, goes out and is relabelled, and what it takes: jobs of one Postil, from outside."""
