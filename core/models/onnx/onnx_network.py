"""A compiled model: an ONNX graph run without TensorFlow.

What is compiled is the way from the input to the logits, with the default layer's activations on
the side. Where all that follows the layer is linear, as global average pooling and one dense layer
are, the logits' gradients are the same for every photo (Zhou et al. 2016, "Learning Deep Features
for Discriminative Localization", arXiv 1512.04150, equation 2) and travel along as a constant, so
every class's map costs one forward pass. Elsewhere `backward` adds the gradients to the graph when
they are first asked for. A layer that the compiled graph does not know is run by TensorFlow.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from core.errors import ModelError
from core.models.files.formats import ONNX_FILE
from core.models.network import ForwardPass, Layer, Network, probabilities
from core.models.onnx.onnx_metadata import OnnxMetadata, check_up_to_date
from core.models.onnx.trusted_digest import digest_of

LOGITS, ACTIVATIONS, GRADIENTS = "logits", "activations", "gradients"
_BLOCK = 1 << 20  # bytes read at once
_LARGE = 64 << 20  # bytes of a file that is not kept in memory
_CPU = ("CPUExecutionProvider",)


class OnnxNetwork:
    """A compiled model, with TensorFlow behind it for the layers that it does not know.

    Args:
        file: The ONNX file that `save` wrote, or its bytes.
        fallback: Opens the network that runs any layer; called once, when one is asked for.
        threads: That one run is shared out to; as many as there are cores for 0.
        kept_in: Where the bytes can be read again, so that those of a large file are not kept.

    Attributes:
        about: What the file says of itself.
        layers, head: As `network.Network`.
        sha256: Of the ONNX file.

    Raises:
        OutdatedError: If an earlier version made it, which knew less of such a model.
        Exception: Whatever a damaged file makes the reader raise.
    """

    def __init__(
        self,
        file: Path | bytes,
        fallback: Callable[[], Network],
        threads: int = 0,
        kept_in: Path | None = None,
    ) -> None:
        content, kept_in = (file, kept_in) if isinstance(file, bytes) else (file.read_bytes(), file)
        _check_self_contained(content)
        # What was checked is what runs, whatever becomes of the file; but a large model's bytes are
        # not kept beside the session, which has its own copy.
        self._source: Path | bytes = content
        if kept_in and len(content) > _LARGE:
            self._source = kept_in
        self.sha256 = digest_of(content)
        self._open = fallback
        self._options = onnxruntime.SessionOptions()
        self._options.intra_op_num_threads = threads
        # Planned as one block, a batch takes a third more memory and no less time.
        self._options.enable_mem_pattern = False
        self._options.log_severity_level = 3  # not that gradients keep it from simplifying
        self._session = self._run_on_cpu(content)
        self._input = self._session.get_inputs()[0].name
        # As some models of other makers ask for, which know how many photos there are.
        self._one_by_one = self._session.get_inputs()[0].shape[0] == 1
        self._outputs = {each.name for each in self._session.get_outputs()}
        properties = self._session.get_modelmeta().custom_metadata_map
        check_up_to_date(properties, content)
        self.about = OnnxMetadata.from_properties(properties)
        self.layers, self.head = self.about.layers, self.about.head
        self._sessions: dict[str, Any] = {}
        self._turn = Lock()

    @cached_property
    def fallback(self) -> Network:
        """The network that runs any layer, opened when it is first asked for."""
        return self._open()

    def to_bytes(self) -> bytes:
        """The ONNX file's bytes, to open the same network elsewhere.

        Raises:
            ModelError: If the file was removed or replaced meanwhile.
        """
        if isinstance(self._source, bytes):
            return self._source
        try:
            content = self._source.read_bytes()
        except OSError:
            content = b""
        if digest_of(content) != self.sha256:
            raise ModelError(
                "compiled_changed",
                f"{self._source} was removed or replaced while the model was open. Open the model "
                "again.",
                file=self._source.name,
            )
        return content

    def save(self, folder: Path) -> Path:
        """Write the ONNX file into a folder, whole or not at all.

        Args:
            folder: Made if absent.

        Raises:
            OSError: If the folder cannot be written to.
        """
        content = self.to_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            written = Path(scratch, ONNX_FILE)
            written.write_bytes(content)
            written.replace(folder / ONNX_FILE)
        if len(content) > _LARGE:
            self._source = folder / ONNX_FILE
        return folder / ONNX_FILE

    def graph(self) -> Any:
        """The compiled graph, an `onnx.ModelProto` of its own.

        Raises:
            ModelError: As `to_bytes`.
        """
        import onnx

        return onnx.load_from_string(self.to_bytes())

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `network.Network.logits`."""
        if self._one_by_one and len(inputs) > 1:
            return np.concatenate([self.logits(each[None]) for each in inputs])
        (logits,) = self._session.run([LOGITS], {self._input: inputs})
        return logits

    def forward(
        self, inputs: NDArray[np.float32], layer: Layer, classes: Sequence[int] | None = None
    ) -> ForwardPass:
        """As `network.Network.forward`."""
        if self._one_by_one and len(inputs) > 1:
            runs = [self.forward(each[None], layer, classes) for each in inputs]
            kinds = ("logits", "scores", "activations", "gradients")
            return ForwardPass(*(np.concatenate([getattr(r, k) for r in runs]) for k in kinds))
        if layer == self.layers[-1] and GRADIENTS in self._outputs:
            logits, activations, same = self._session.run(
                [LOGITS, ACTIVATIONS, GRADIENTS], {self._input: inputs}
            )
            same = same if classes is None else same[list(classes)]
            shape = (len(inputs), len(same), *activations.shape[1:])
            gradients = np.broadcast_to(same, shape)
        elif layer.name in self.about.tensors:
            rows = np.eye(len(self.about.card.classes), dtype=np.float32)
            rows = rows if classes is None else rows[list(classes)]
            logits, activations, gradients = self._at(layer).run(
                None, {self._input: inputs, "classes": rows}
            )
        else:
            return self.fallback.forward(inputs, layer, classes)
        return ForwardPass(logits, probabilities(logits, self.head), activations, gradients)

    def _at(self, layer: Layer) -> Any:
        """The session that gives a layer's activations and gradients."""
        with self._turn:
            if layer.name not in self._sessions:
                self._sessions[layer.name] = self._differentiated(layer)
            return self._sessions[layer.name]

    def _differentiated(self, layer: Layer) -> Any:
        from core.models.onnx.autodiff.backward import add_gradients, trace

        photos = np.zeros((1 if self._one_by_one else 2, *self.about.shape), np.float32)
        forward = trace(self.graph(), {}, photos)
        place = self.about.tensors[layer.name]
        graph = add_gradients(forward, LOGITS, place, layer.balanced)
        return self._run_on_cpu(graph.SerializeToString())

    def _run_on_cpu(self, model: bytes) -> Any:
        return onnxruntime.InferenceSession(model, self._options, providers=_CPU)

    def single_threaded(self) -> OnnxNetwork:
        """As `network.Network.single_threaded`."""
        return self._alone

    @cached_property
    def _alone(self) -> OnnxNetwork:
        file = self._source if isinstance(self._source, Path) else None
        return OnnxNetwork(self.to_bytes(), lambda: self.fallback, threads=1, kept_in=file)


def _check_self_contained(content: bytes) -> None:
    """Refuse an ONNX file whose tensors the runtime would read from other files, or from memory.

    Raises:
        ValueError: If there are any, or it is no ONNX file but the runtime's own format.
    """
    if content[4:8] == b"ORTM":
        raise ValueError("a model in the format of ONNX Runtime, not of ONNX")
    if b"location" not in content:  # which every such tensor has among its keys
        return
    import onnx

    for message in _messages(onnx.load_model_from_string(content)):
        if isinstance(message, onnx.TensorProto) and (
            message.external_data or message.data_location == onnx.TensorProto.EXTERNAL
        ):
            raise ValueError(f"tensor {message.name} is kept in another place than the file")


def _messages(message: Any) -> Iterator[Any]:
    """A protobuf message and all that are in it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type:
            for each in (value,) if hasattr(value, "ListFields") else value:
                yield from _messages(each)


def digest_of_files(files: Sequence[Path], folder: Path) -> str:
    """What a compiled form knows its model by: a SHA-256 over the model's files and their names.

    Args:
        files: The model's files.
        folder: What their names are relative to.
    """
    rows = sorted((Path(os.path.relpath(file, folder)).as_posix(), file) for file in files)
    digest = hashlib.sha256()
    for name, file in rows:
        content = hashlib.sha256()
        with file.open("rb") as data:
            while block := data.read(_BLOCK):
                content.update(block)
        digest.update(f"{name}\0{content.hexdigest()}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
