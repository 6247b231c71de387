"""Conversion of a frozen graph to ONNX with gradients, which runs without TensorFlow."""
