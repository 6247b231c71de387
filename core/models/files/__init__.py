"""A model's files, recognised and judged before anything opens them."""
