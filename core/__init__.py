"""Where does a rice classifier look? The core: models and Grad-CAM, without any user interface."""

import os

# Before anything loads ONNX Runtime: it would keep and send its makers what it is used for.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
