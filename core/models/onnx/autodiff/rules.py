"""Differentiation rules, one for each ONNX operation.

A rule turns the gradient of what a node gives into the gradients of what it takes, written as ONNX
nodes. They follow TensorFlow and torch where a function has a corner: at 0 a ReLU's gradient is 0,
and of several greatest values each gets an equal part.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.models.onnx.autodiff.elementwise_rules import ELEMENTWISE
from core.models.onnx.autodiff.product_rules import PRODUCTS
from core.models.onnx.autodiff.shape_rules import SHAPES
from core.models.onnx.autodiff.tape import Rule
from core.models.onnx.autodiff.window_rules import WINDOWS

RULES: Mapping[str, Rule] = {**ELEMENTWISE, **PRODUCTS, **SHAPES, **WINDOWS}
