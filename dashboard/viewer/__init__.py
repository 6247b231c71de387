"""The picture viewer: one photo, its heatmaps and overlays, compared in the browser."""
