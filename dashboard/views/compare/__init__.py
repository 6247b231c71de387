"""Two photos, classes, methods or models side by side."""
