"""Conversion of a frozen graph to ONNX with gradients, which runs without TensorFlow."""

import os

# Before anything here loads it: it would keep and send its makers what it is used for.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
