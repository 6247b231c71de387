"""Explanation of a photo: class activation maps and their pictures."""
