"""A folder of class folders becomes a trained model."""
