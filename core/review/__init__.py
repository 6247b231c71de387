"""A whole folder of photos reviewed: explained, counted, ordered by doubt, and put on disk."""
