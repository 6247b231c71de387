"""Exports classifiers of torchvision and timm to ONNX, and explains them by torch's autograd.

`onnx_exports` runs it in an environment with torch, torchvision, timm and onnxscript:

    python tests/bench/on_torch_exports.py export FOLDER FAMILY
    python tests/bench/on_torch_exports.py explain FOLDER FAMILY

The second reads `NAME.npz` with the photos and the activations to explain at, and writes
`NAME-torch.npz` with the gradients there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
from onnx_families import CLASSES, FAMILIES
from torch.overrides import TorchFunctionMode


def build(name: str) -> torch.nn.Module:
    """A family's model with random weights."""
    torch.manual_seed(0)
    if FAMILIES[name].package == "timm":
        model = timm.create_model(name, num_classes=CLASSES, scriptable=True)
    else:
        more = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
        model = torchvision.models.get_model(name, num_classes=CLASSES, **more)
    with torch.no_grad():
        for part in model.modules():
            # Its own first weights leave neighbours so alike that rounding decides what is pooled.
            if name == "googlenet" and isinstance(part, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if isinstance(part, torch.nn.BatchNorm2d):  # as after some training
                part.running_mean.normal_(0, 0.1)
                part.running_var.uniform_(0.5, 1.5)
            if hasattr(part, "inplace"):
                part.inplace = False
        for key, values in model.named_parameters():
            if "layer_scale" in key or key.endswith("gamma"):
                values.uniform_(0.2, 1)
    return model.eval()


def export(name: str, folder: Path) -> None:
    """Write a family's model as `NAME.onnx`."""
    _, newer, opset, free = FAMILIES[name]
    model = build(name)
    size = getattr(model, "default_cfg", {"input_size": (3, 224, 224)})["input_size"]
    photos = torch.randn(2 if free else 1, *size)
    more: dict = {}
    if newer:
        more = {"dynamo": True, "external_data": False}
        if free:
            more["dynamic_shapes"] = ({0: torch.export.Dim("n")},)
    else:
        more = {"dynamo": False, "input_names": ["input"]}
        if free:
            more["dynamic_axes"] = {"input": {0: "n"}}
    torch.onnx.export(model, (photos,), str(folder / f"{name}.onnx"), opset_version=opset, **more)


class Captured(TorchFunctionMode):
    """Keeps every tensor [N, a, b, c] and [N, tokens, c] that is computed."""

    def __init__(self) -> None:
        super().__init__()
        self.tensors: list[torch.Tensor] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        given = dict(kwargs or {})
        if given.get("inplace"):
            given["inplace"] = False
        found = func(*args, **given)
        if isinstance(found, torch.Tensor) and found.ndim in (3, 4) and found.requires_grad:
            self.tensors.append(found)
        return found


def as_grids(values: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """What a tensor is as a grid of a shape [N, h, w, K]; of tokens, the last are the cells."""
    if values.ndim == 3 and values.shape[2] == shape[3]:
        cells = shape[1] * shape[2]
        rest = values[:, values.shape[1] - cells :] if values.shape[1] >= cells else values
        possible = [rest.reshape(len(rest), *shape[1:])] if rest.shape[1] == cells else []
    elif values.ndim == 4:
        possible = [values, values.transpose(0, 2, 3, 1)]
    else:
        possible = []
    return [each for each in possible if each.shape == shape]


def explain(name: str, folder: Path) -> None:
    """Write the logits' gradients at the activations that `NAME.npz` holds."""
    with np.load(folder / f"{name}.npz") as given:
        wanted = dict(given)
    photos = torch.from_numpy(wanted.pop("photos").transpose(0, 3, 1, 2).copy())
    with Captured() as captured:
        logits = build(name)(photos)
    written = {"logits": logits.detach().numpy()}
    for layer, activations in wanted.items():
        shape = activations.shape
        apart, tensor, way = min(
            (
                (float(np.abs(each - activations).max()), index, way)
                for index, tensor in enumerate(captured.tensors)
                for way, each in enumerate(as_grids(tensor.detach().numpy(), shape))
            ),
            default=(np.inf, 0, 0),
        )
        if apart > 1e-3 * np.ptp(activations):
            print(f"{name}: torch computes nothing like {layer} ({apart})", flush=True)
            continue
        at = captured.tensors[tensor]
        gradients = [
            torch.autograd.grad(logits[:, c].sum(), at, retain_graph=True)[0].numpy()
            for c in range(CLASSES)
        ]
        written[layer] = np.stack([as_grids(each, shape)[way] for each in gradients], axis=1)
        written[f"{layer} activations"] = as_grids(at.detach().numpy(), shape)[way]
    np.savez(folder / f"{name}-torch.npz", **written)


if __name__ == "__main__":
    what, folder, family = sys.argv[1:]
    (export if what == "export" else explain)(family, Path(folder))
