"""TensorFlow models: load, freeze, run."""
