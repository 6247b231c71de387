"""All photos at once: table, gallery, statistics, annotations."""
