"""The classifiers that `onnx_exports` exports, and how; read in two environments."""

from __future__ import annotations

from typing import NamedTuple

CLASSES = 10


class Family(NamedTuple):
    """How a classifier is made and exported.

    Attributes:
        package: "torchvision" or "timm".
        newer: Whether torch's newer exporter writes it, else the one before.
        opset: Of ONNX.
        free: Whether any number of photos may come at once, else one.
    """

    package: str
    newer: bool
    opset: int
    free: bool


FAMILIES = {
    "efficientnet_b0": Family("torchvision", False, 17, True),
    "resnet18": Family("torchvision", False, 11, False),
    "mobilenet_v3_small": Family("torchvision", True, 20, True),
    "convnext_tiny": Family("torchvision", True, 20, True),
    "resnext50_32x4d": Family("torchvision", False, 13, True),
    "densenet121": Family("torchvision", False, 17, True),
    "vgg11_bn": Family("torchvision", True, 18, False),
    "squeezenet1_1": Family("torchvision", False, 12, False),
    "mobilenet_v2": Family("torchvision", False, 14, True),
    "shufflenet_v2_x1_0": Family("torchvision", False, 16, True),
    "regnet_y_400mf": Family("torchvision", True, 18, True),
    "googlenet": Family("torchvision", False, 15, True),
    "mnasnet0_5": Family("torchvision", True, 18, True),
    "ghostnet_100": Family("timm", False, 17, True),
    "repvgg_a0": Family("timm", True, 18, True),
    "poolformer_s12": Family("timm", True, 18, True),
    "resnetv2_50": Family("timm", True, 22, True),
    "convnext_atto": Family("timm", True, 18, True),
    "vit_tiny_patch16_224": Family("timm", True, 18, True),
    "deit_tiny_patch16_224": Family("timm", False, 14, True),
    "deit_tiny_distilled_patch16_224": Family("timm", False, 17, True),
    "vit_wee_patch16_reg1_gap_256": Family("timm", True, 20, True),
    "swin_tiny_patch4_window7_224": Family("timm", False, 17, True),
    "mobilevit_xxs": Family("timm", True, 18, False),
    "mobilevitv2_050": Family("timm", True, 18, True),
}
