"""A model on disk becomes a network that runs, in TensorFlow or compiled."""
