"""Photos and models made for a purpose: what the right answer hangs on is known in every pixel."""
