"""Views of the page, each drawn top to bottom."""
