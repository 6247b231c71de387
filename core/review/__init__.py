"""Review of a folder of photos: explained, counted, ordered by doubt, exported."""
