"""Photos drawn or composed from a seed, with the exact place of every grain."""
