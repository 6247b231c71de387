"""What a model uses of a photo, and whether its heatmap can be believed: numbers, not opinions."""
