"""Explains photos with an opened classifier: scores and a map for every class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explain.cam import CLASS_AGNOSTIC, METHODS
from core.explain.classifier import Classifier, FittedPhoto
from core.explain.explanation import Explanation, Shifted
from core.explain.familiarity import Familiarity, pool
from core.explain.layer_fusion import fuse_layers
from core.explain.map_layout import fill_input
from core.explain.mapped_classes import best_classes
from core.explain.request import LIBRA_GRAD, SCORE_CAM, ExplainRequest
from core.explain.resolve_request import find_layer, maps_some, resolve_request
from core.explain.rounding import drop_rounding, size_of_sums
from core.explain.score_cam import score_cam, score_cam_masks
from core.explain.score_gradients import contrastive, counterfactual, probability_gradients
from core.explain.shift_and_stitch import interlace, offsets, shift
from core.images.decode import Photo
from core.models.card import Card
from core.models.files import rejections
from core.models.network import ForwardPass, Layer, Network, probabilities

_NUMBERS = 64_000_000  # of gradients at once, so that memory stays bounded
_DEFAULT = ExplainRequest()

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class Explainer(Classifier):
    """A classifier that says where it looks; safe to use from several threads.

    Args:
        name, card, network: As `Classifier`.
        familiarity: Of photos to it; None where that is not measured.

    Attributes:
        familiarity: As given.
        layers: All that can be explained at, from the input to the output; but last the default.

    Raises:
        ModelError: If the model has no layer that can be explained.
    """

    def __init__(
        self, name: str, card: Card, network: Network, familiarity: Familiarity | None = None
    ) -> None:
        super().__init__(name, card, network)
        self.familiarity, self.layers = familiarity, network.layers
        if not self.layers:
            raise rejections.no_layer(self.name)

    def layer(self, name: str | None = None) -> Layer:
        """A layer by name; the last one with more than one cell for None.

        Raises:
            ModelError: If there is none of that name; lists those there are.
        """
        return find_layer(name, self.name, self.layers)

    def resolve(self, request: ExplainRequest) -> ExplainRequest:
        """As `resolve_request`, for this model."""
        return resolve_request(request, self.name, self.card, self.layers)

    def forward_passes(self, request: ExplainRequest) -> int:
        """How many forward passes the maps of one photo take."""
        layers = [self.layer(name) for name in self.resolve(request).layers]
        if request.method == SCORE_CAM:
            return sum(layer.channels + 2 for layer in layers)
        first = (request.upsampling > 1) + maps_some(request, self.card, layers)
        return len(layers) * request.upsampling**2 + first

    def forward(self, inputs: Floats, layer: str | None = None) -> ForwardPass:
        """Run the network once on prepared inputs, float32 [N, h, w, c]."""
        return self.network.forward(inputs, self.layer(layer))

    def single_threaded(self) -> Explainer:
        """The same explainer, for callers that explain several photos at once by themselves."""
        alone = self.network.single_threaded()
        return Explainer(self.name, self.card, alone, self.familiarity)

    def explain(
        self, photos: Sequence[Photo], request: ExplainRequest = _DEFAULT
    ) -> list[Explanation]:
        """Explain photos: every class's map from one forward pass each, unless asked for more.

        Args:
            photos: Any number.
            request: What the maps are to answer.

        Returns:
            One a photo, in order.

        Raises:
            ModelError: If the request does not fit the model, or an answer is no number.
        """
        return list(self.explain_stream(map(self.fit, photos), request))

    def explain_stream(
        self, photos: Iterable[FittedPhoto], request: ExplainRequest = _DEFAULT
    ) -> Iterator[Explanation]:
        """As `explain`, of photos from `fit`; as many are taken at a time as are run together."""
        request = self.resolve(request)
        size, left = self._batch_size(request), iter(photos)
        while batch := list(islice(left, size)):
            yield from self._explain_batch(batch, request)

    def _batch_size(self, request: ExplainRequest) -> int:
        """How many photos are explained in one run."""
        layers = [self.layer(name) for name in request.layers]
        if maps_some(request, self.card, layers):  # each photo has classes of its own
            return 1
        numbers = max(
            layer.grid[0] * layer.grid[1] * layer.channels * len(self.card.classes)
            for layer in layers
        )
        return max(1, min(self.batch, _NUMBERS // numbers))

    def _explain_batch(
        self, photos: Sequence[FittedPhoto], request: ExplainRequest
    ) -> list[Explanation]:
        pixels = np.stack([photo.pixels for photo in photos])
        shifted: list[Shifted | None] = [None] * len(photos)
        classes = self._mapped(pixels, request)
        if request.upsampling == 1:
            logits, maps, pooled = self._maps(pixels, request, classes)
            scores = self.probabilities(logits)
        else:
            pooled, logits = None, self.network.logits(self.prepare(pixels))
            scores = self.probabilities(logits)
            finer = [self._upsample(each, request, classes) for each in pixels]
            maps = np.stack([grids for grids, _ in finer])
            shifted = [
                Shifted(
                    len(moved),
                    float((moved.argmax(axis=1) == own.argmax()).mean()),
                    moved.mean(axis=0),
                )
                for own, (_, moved) in zip(scores, finer, strict=True)
            ]
        if not np.isfinite(logits).all():
            raise rejections.no_numbers(self.name)
        familiarity, names = self._familiarity(pixels, pooled), self.card.names
        mapped = tuple(names[each] for each in classes or ())
        return [
            Explanation(
                sha256=photo.sha256,
                model=self.name,
                request=request,
                classes=names,
                placement=photo.placement,
                logits=logits[index],
                scores=scores[index],
                maps=maps[index],
                head=self.network.head,
                shifted=shifted[index],
                assumed_bits=photo.assumed_bits,
                familiarity=familiarity[index],
                mapped=mapped,
            )
            for index, photo in enumerate(photos)
        ]

    def _mapped(self, pixels: Pixels, request: ExplainRequest) -> list[int] | None:
        """The classes that get a map, by index; None for all."""
        if not maps_some(request, self.card, map(self.layer, request.layers)):
            return None
        names = self.card.names
        asked = filter(None, (request.contrast_class, *request.classes))
        (logits,) = self.network.logits(self.prepare(pixels))
        return best_classes(logits, [names.index(name) for name in asked])

    def _familiarity(self, pixels: Pixels, pooled: Floats | None) -> list[float | None]:
        """How familiar photos are; one more pass where they were explained at another layer."""
        if self.familiarity is None:
            return [None] * len(pixels)
        if pooled is None:
            pooled = self.pool(pixels)
        return [float(each) for each in self.familiarity.measure(pooled, pixels)]

    def pool(self, pixels: Pixels) -> Floats:
        """The channels of the default layer, pooled over photos in the model's size: [N, K]."""
        return np.concatenate(
            [
                pool(self._activations(pixels[start : start + self.batch]))
                for start in range(0, len(pixels), self.batch)
            ]
        )

    def _activations(self, pixels: Pixels) -> Floats:
        return self.network.forward(self.prepare(pixels), self.layer(), [0]).activations

    def _upsample(
        self, pixels: Pixels, request: ExplainRequest, classes: list[int] | None
    ) -> tuple[Floats, Floats]:
        """One photo's maps [C, s h, s w] from shifts of it, and their scores [s s, C]."""
        grids = [self.layer(name).map_grid for name in request.layers]
        rows, columns = (max(lengths) for lengths in zip(*grids, strict=True))
        height, width = self.card.input.size
        moves = [
            (down, right)
            for down in offsets(height, rows, request.upsampling)
            for right in offsets(width, columns, request.upsampling)
        ]
        size, maps, scores = self._batch_size(request), [], []
        for start in range(0, len(moves), size):
            moved = np.stack([shift(pixels, *move) for move in moves[start : start + size]])
            logits, grid, _ = self._maps(moved, request, classes)
            maps.append(grid)
            scores.append(self.probabilities(logits))
        found = np.concatenate(maps)
        by_shift = found.reshape(request.upsampling, request.upsampling, *found.shape[1:])
        return interlace(by_shift), np.concatenate(scores)

    def _maps(
        self, pixels: Pixels, request: ExplainRequest, classes: list[int] | None
    ) -> tuple[Floats, Floats, Floats | None]:
        """Logits [N, C], the classes' maps [N, C, h, w], and the default layer's channels pooled.

        The last is None where another layer is explained at.
        """
        inputs = self.prepare(pixels)
        layers = map(self.layer, request.layers)
        found = {layer.name: self._layer_maps(inputs, layer, request, classes) for layer in layers}
        logits, maps, _ = next(iter(found.values()))
        if len(found) > 1:
            grids = [each for _, each, _ in found.values()]
            maps = np.stack([fuse_layers([each[n] for each in grids]) for n in range(len(pixels))])
        *_, pooled = found.get(self.layer().name, [None])
        return logits, maps, pooled

    def _layer_maps(
        self, inputs: Floats, layer: Layer, request: ExplainRequest, classes: list[int] | None
    ) -> tuple[Floats, Floats, Floats]:
        """Logits [N, C], the classes' maps [N, C, h, w] and the channels pooled, of one layer."""
        alike = request.method in CLASS_AGNOSTIC  # one gradient does, and Score-CAM reads none
        asked = [0] if alike or request.method == SCORE_CAM else classes
        found, contrast = self.network.forward(inputs, layer, asked), request.contrast_class
        pooled = pool(found.activations)
        index = None if contrast is None else self.card.names.index(contrast)
        index = index if index is None or classes is None else classes.index(index)
        if request.method == SCORE_CAM:
            maps = fill_input(self._score_cam(inputs, found, layer), layer)
            maps = maps if index is None else contrastive(maps, index)
            return found.logits, counterfactual(maps) if request.negate else maps, pooled
        gradients, size = found.gradients, np.abs(found.logits).max(axis=1, keepdims=True)
        if request.score == "probability" and not alike:
            size = found.scores * size
            gradients = probability_gradients(gradients, found.scores, self.network.head)
        if index is not None:
            gradients = contrastive(gradients, index)
        if request.negate:
            gradients = counterfactual(gradients)
        # LibraGrad is activations times gradients, balanced ones.
        formula = "hires-cam" if request.method == LIBRA_GRAD else request.method
        maps = METHODS[formula](found.activations, gradients)
        size = size_of_sums(formula, found.activations, gradients, size)
        maps = fill_input(drop_rounding(maps, size), layer)
        if alike:
            maps = maps[:, :1].repeat(len(self.card.classes), axis=1)
        return found.logits, maps, pooled

    def _score_cam(self, inputs: Floats, found: ForwardPass, layer: Layer) -> Floats:
        """Every class's Score-CAM [N, C, h, w]: a forward pass for each channel of each photo."""
        height, width = inputs.shape[1:3]
        activations = found.activations
        baseline = probabilities(self.network.logits(np.zeros_like(inputs)), self.network.head)
        scores = np.zeros((len(inputs), activations.shape[-1], baseline.shape[1]), np.float32)
        for photo, channels, into in zip(inputs, activations, scores, strict=True):
            masks = fill_input(score_cam_masks(channels), layer)
            for start in range(0, len(masks), self.batch):
                chunk = masks[start : start + self.batch]
                large = np.stack([cv2.resize(mask, (width, height)) for mask in chunk])
                logits = self.network.logits(photo * large[..., None])
                into[start : start + self.batch] = probabilities(logits, self.network.head)
        size = np.abs(activations).sum(axis=(1, 2, 3))[:, None] * scores.max(axis=1)
        return drop_rounding(score_cam(activations, scores, baseline), size)
