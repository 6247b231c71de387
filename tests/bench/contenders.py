"""Who takes part: name, environment, and the function that makes it ready."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One that takes part.

    Attributes:
        name: As in the table.
        kind: "ours", "peer", or "limit" (a bare forward pass: no maps).
        environment: "own", or one of `install_peers.ENVIRONMENTS`.
        prepare: "module:function" in this folder, from a `Job` to an `answer.Run`.
        package: The distribution whose version is told.
        signed: Whether it gives maps before their ReLU.
        oracle: Which of `Job.expected` its maps are held against.
        batches: Whether it can take a batch.
    """

    name: str
    kind: str
    environment: str
    prepare: str
    package: str
    signed: bool = False
    oracle: str = "maps"
    batches: bool = True


OURS = "Rice Lens"
ARTICLE = "VizGradCAM"
BARE_ONNX = "bare forward, ONNX Runtime"
BARE_TENSORFLOW = "bare forward, TensorFlow"

CONTENDERS = (
    Contender(OURS, "ours", "own", "own:rice_lens", "onnxruntime", signed=True),
    Contender(BARE_ONNX, "limit", "own", "own:bare_onnx", "onnxruntime"),
    Contender(BARE_TENSORFLOW, "limit", "own", "on_keras:bare_tensorflow", "tensorflow"),
    Contender("torch-cam", "peer", "torch", "on_torch:torch_cam", "torchcam"),
    Contender("Captum", "peer", "torch", "on_torch:captum", "captum", signed=True),
    Contender("pytorch-grad-cam", "peer", "torch", "on_torch:pytorch_grad_cam", "grad-cam"),
    Contender("Xplique", "peer", "tensorflow", "on_keras:xplique", "xplique"),
    Contender("tf-keras-vis", "peer", "tensorflow", "on_keras:tf_keras_vis", "tf-keras-vis"),
    Contender(
        "tf-explain", "peer", "tensorflow", "on_keras:tf_explain", "tf-explain", signed=True
    ),
    Contender(
        ARTICLE, "peer", "own", "on_keras:vizgradcam", "tensorflow",
        signed=True, oracle="article", batches=False,
    ),
)  # fmt: skip
