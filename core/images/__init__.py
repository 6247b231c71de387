"""Photo files to pixels, and pixels to model input."""
