"""EfficientNet-B0 in plain PyTorch with a Keras model's weights, for the peers on PyTorch.

Tan and Le 2019, arXiv 1905.11946, table 1; for inputs whose sides 32 divides.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

# kernel, repeats, channels out, expansion, stride
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)


def convolution(inside: int, outside: int, kernel: int = 1, stride: int = 1, groups: int = 1):
    """A convolution without bias that pads as TensorFlow's "same" does."""
    if stride == 1:
        return nn.Conv2d(inside, outside, kernel, padding=kernel // 2, groups=groups, bias=False)
    before = (kernel - 2) // 2  # an even size halved: one more pixel after than before
    pad = nn.ZeroPad2d((before, kernel - 2 - before) * 2)
    return nn.Sequential(pad, nn.Conv2d(inside, outside, kernel, stride, groups=groups, bias=False))


def normed(channels: int) -> nn.BatchNorm2d:
    """Batch norm with Keras's epsilon."""
    return nn.BatchNorm2d(channels, eps=1e-3)


class Excitation(nn.Module):
    """Scale each channel by what all of them say on average."""

    def __init__(self, channels: int, reduced: int) -> None:
        super().__init__()
        self.se_reduce = nn.Conv2d(channels, reduced, 1)
        self.se_expand = nn.Conv2d(reduced, channels, 1)
        self.swish = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        """[N, K, h, w] to the same."""
        gate = self.se_expand(self.swish(self.se_reduce(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(gate)


class Block(nn.Module):
    """Expand, filter each channel, excite, project; and add the input where that fits."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inside * expansion
        expand = (convolution(inside, wide), normed(wide), nn.SiLU()) if expansion > 1 else ()
        self.path = nn.Sequential(
            *expand,
            convolution(wide, wide, kernel, stride, groups=wide),
            normed(wide),
            nn.SiLU(),
            Excitation(wide, inside // 4),
            convolution(wide, outside),
            normed(outside),
        )
        self.adds = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        """[N, K, h, w] to [N, K', h', w']."""
        return x + self.path(x) if self.adds else self.path(x)


class EfficientNet(nn.Module):
    """float32 [N, 3, h, w] to logits [N, C]; `activations` is the layer to explain at."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        blocks, inside = [], 32
        for kernel, repeats, outside, expansion, stride in STAGES:
            for number in range(repeats):
                blocks.append(Block(inside, outside, kernel, 1 if number else stride, expansion))
                inside = outside
        self.stem = nn.Sequential(convolution(3, 32, 3, 2), normed(32), nn.SiLU())
        self.blocks = nn.Sequential(*blocks)
        self.top = nn.Sequential(convolution(inside, 1280), normed(1280))
        self.activations = nn.SiLU()
        self.last_output = nn.Linear(1280, classes)

    def forward(self, x: Tensor) -> Tensor:
        """As above."""
        x = self.activations(self.top(self.blocks(self.stem(x))))
        return self.last_output(x.mean((2, 3)))


def efficientnet(weights: Mapping[str, NDArray[np.float32]]) -> EfficientNet:
    """The network with weights by "layer/name" in Keras's layout, in the network's own order.

    Raises:
        ValueError: If a weight is left over or of another shape.
    """
    network = EfficientNet(len(weights["last_output/bias"]))
    waiting = list(weights.items())
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            layer = waiting[0][0].split("/")[0]
            names = _NAMES[type(module)]
            for attribute in [name for name in names if getattr(module, name) is not None]:
                key, values = waiting.pop(0)
                tensor = torch.from_numpy(_as_torch(values, module))
                target = getattr(module, attribute)
                if target.shape != tensor.shape or not key.startswith(f"{layer}/"):
                    raise ValueError(f"{key}: {tuple(tensor.shape)}, not {tuple(target.shape)}")
                with torch.no_grad():
                    target.copy_(tensor)
    if waiting:
        raise ValueError(f"weights left over: {[key for key, _ in waiting]}")
    return network.eval()


_NAMES = {
    nn.Conv2d: ("weight", "bias"),
    nn.Linear: ("weight", "bias"),
    nn.BatchNorm2d: ("weight", "bias", "running_mean", "running_var"),
}


def _as_torch(values: NDArray[np.float32], module: nn.Module) -> NDArray[np.float32]:
    if values.ndim == 2:
        return values.T.copy()
    if values.ndim == 4:  # [kh, kw, in, out]; a depthwise one is [kh, kw, channels, 1]
        depthwise = isinstance(module, nn.Conv2d) and module.groups > 1
        return values.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1)).copy()
    return values
