"""Model files to runnable networks, in TensorFlow or compiled to ONNX."""
