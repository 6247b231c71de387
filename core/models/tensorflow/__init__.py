"""A model file becomes a frozen TensorFlow graph: loaded, frozen, run."""
