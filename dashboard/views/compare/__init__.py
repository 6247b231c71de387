"""Side-by-side comparison of photos, classes, methods or models."""
