"""Gradients of an ONNX graph, as more ONNX nodes."""
