"""Single grains, for training."""
