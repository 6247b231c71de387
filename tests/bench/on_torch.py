"""The peers on PyTorch, each as its own documentation uses it, on the same network."""

from __future__ import annotations

from collections.abc import Callable

import torch

from core.images.preprocess import normalize
from tests.bench.answer import Answer, Array, ForwardPass, Pixels, answer, class_by_class, split
from tests.bench.efficientnet import efficientnet
from tests.bench.job import Job


def torch_cam(job: Job) -> ForwardPass:
    """torch-cam: one forward pass, then a backward pass a class."""
    from torchcam.methods import GradCAM

    network = efficientnet(job.weights)
    extractor = GradCAM(network, network.activations)

    def explain(inputs: Array) -> tuple[torch.Tensor, torch.Tensor]:
        scores = network(tensor(inputs))
        last = scores.shape[1] - 1
        maps = [
            extractor(index, scores, normalized=False, retain_graph=index < last)[0]
            for index in range(last + 1)
        ]
        return scores.detach(), torch.stack(maps, 1)

    def run(photos: Pixels, draw: bool) -> Answer:
        found = [explain(part) for part in split(normalize(photos, job.values))]
        scores, maps = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))
        return answer(photos, maps, draw, scores)

    return run


def captum(job: Job) -> ForwardPass:
    """Captum: a forward and a backward pass for photos and their classes."""
    from captum.attr import LayerGradCam

    network = efficientnet(job.weights)
    explainer = LayerGradCam(network, network.activations)

    def explain(inputs: Array, classes: list[int]) -> Array:
        return explainer.attribute(tensor(inputs), classes)[:, 0].detach().numpy()

    return each_class(job, explain)


def pytorch_grad_cam(job: Job) -> ForwardPass:
    """pytorch-grad-cam: a forward and a backward pass for photos and their classes."""
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    network = efficientnet(job.weights)
    explainer = GradCAM(network, [network.activations])

    def explain(inputs: Array, classes: list[int]) -> Array:
        targets = [ClassifierOutputTarget(index) for index in classes]
        return explainer(tensor(inputs), targets)

    return each_class(job, explain)


def each_class(job: Job, explain: Callable[[Array, list[int]], Array]) -> ForwardPass:
    """A run from what explains one class of each input [N, h, w, 3]."""
    count = len(job.weights["last_output/bias"])

    def run(photos: Pixels, draw: bool) -> Answer:
        inputs = normalize(photos, job.values)
        return answer(photos, class_by_class(photos, inputs, count, explain), draw)

    return run


def tensor(inputs: Array) -> torch.Tensor:
    """float32 [N, h, w, 3] as [N, 3, h, w], channels last in memory, which is quicker here."""
    return torch.from_numpy(inputs).permute(0, 3, 1, 2)
