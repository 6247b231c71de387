"""Evidence: what a model uses of a photo, and whether its heatmap can be trusted."""
