"""What goes on behind the scenes: a worker that runs jobs, and what kinds of jobs there are."""
