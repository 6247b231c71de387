"""The commands of `python -m core`, one a module: its arguments, and a function that runs it."""
