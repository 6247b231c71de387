"""Review of all photos: table, gallery, statistics, notes."""
