"""A frozen graph becomes an ONNX file with gradients, run without TensorFlow."""
