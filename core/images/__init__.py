"""A photo file becomes pixels, and pixels become a model's input."""
