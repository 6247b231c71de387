"""Loads TensorFlow and Keras classifiers of any origin as one function of a batch of images.

Keras 3 opens its own files, `tf_keras` those of Keras 2, in the same process; a SavedModel of
whatever origin is run by its serving signature; weights go into the article's network. What comes
out of the function is judged later, by `freeze`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tensorflow as tf

from core.errors import ModelError
from core.models.files import rejections
from core.models.files.formats import ModelFile, recognise
from core.models.files.safety import check

Shape = tuple[int | None, int | None, int]
_MODELS = ("Functional", "Sequential", "Model", "InputLayer")  # no layers of `keras.layers`
_ARITHMETIC = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")  # Keras 2's own, unnamed there


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory.

    Attributes:
        function: A TensorFlow concrete function of one tensor [N, h, w, c], of whatever numbers it
            declares, to whatever the model gives.
        shape: (h, w, c) that the model declares; None where any will do.
        layer_classes: Keras class of each layer by name, nested models' too; empty for a
            SavedModel, which does not say.
        owner: What holds the function's variables: a `keras.Model` of either generation, or a
            SavedModel as TensorFlow loads it.
        file: What it was opened from; None for a model in memory.
        integer_input: Whether it declares an input of whole numbers, as grey levels are.
        assumptions: What had to be assumed to open it.
    """

    function: Any
    shape: Shape
    layer_classes: dict[str, str]
    owner: Any
    file: ModelFile | None = None
    integer_input: bool = False
    assumptions: tuple[str, ...] = ()

    @property
    def keras(self) -> Any:
        """The `keras.Model` of either generation; None for a SavedModel."""
        return None if self.file and self.file.kind == "savedmodel" else self.owner


def load(path: Path, allow_code: bool = False, size: tuple[int, int] | None = None) -> LoadedModel:
    """Open a model's file or folder.

    Args:
        path: A `.keras` or `.h5` file of Keras 2 or 3, a SavedModel's folder, or weights of the
            article's network: `.weights.h5`, Keras 2's `.h5`, or a TensorFlow checkpoint's prefix.
        allow_code: Run code that came with the model, as Lambda layers.
        size: (height, width) of the input that weights are for; the article's 64 x 64 if None.

    Raises:
        ModelError: If it is none of these, not safe to open, or no model of one image.
        ValueError: If it is an ONNX file, which `compile_onnx` opens without TensorFlow.
    """
    file = recognise(path)
    if file.kind == "onnx":
        raise ValueError("ONNX files are opened without TensorFlow, by core.models.onnx")
    check(file, allow_code)
    if file.kind == "savedmodel":
        return _saved_model(file)
    if file.kind in ("weights", "checkpoint"):
        from core.models.tensorflow.weights import build_from_weights

        loaded = from_keras(build_from_weights(file, size or (64, 64)))
        assumed = () if size else ("photos are shown at 64 x 64 pixels, as in the article",)
        return replace(loaded, file=file, assumptions=assumed)
    return replace(from_keras(_keras_model(file, allow_code)), file=file)


def from_keras(model: Any) -> LoadedModel:
    """A Keras model in memory, of either generation; later training is not seen.

    Args:
        model: A `keras.Model` or `tf_keras.Model`.

    Raises:
        ModelError: If its input is not one image.
    """
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 1:
        raise _wrong_inputs(len(inputs))
    shape, number = _image_shape(tuple(inputs[0].shape)), tf.as_dtype(inputs[0].dtype)
    traced = tf.function(lambda images: model(images, training=False))
    function = traced.get_concrete_function(tf.TensorSpec([None, *shape], number))
    kinds = {layer.name: type(layer).__name__ for layer in _flat(model)}
    return LoadedModel(function, shape, kinds, model, integer_input=number.is_integer)


def _keras_model(file: ModelFile, allow_code: bool) -> Any:
    """A whole model's file, opened by the Keras of its generation."""
    from efficientnet import init_tfkeras_custom_objects
    from efficientnet import model as efficientnet

    # Tells Keras 3 of the package's own layers, as importing `efficientnet.tfkeras` does, which
    # takes half a second more for what it imports besides.
    init_tfkeras_custom_objects()
    own: dict[str, Any] = {}
    if file.generation == 2:
        try:
            import tf_keras as keras
        except ImportError as error:
            raise ModelError(
                "keras2_missing",
                f"{file.path.name} was saved by Keras 2, which needs the package tf-keras to be "
                "opened: pip install tf-keras",
                name=file.path.name,
            ) from error
        parts = ("backend", "layers", "models", "utils")
        dropout = efficientnet.get_dropout(**{part: getattr(keras, part) for part in parts})
        own = {"swish": tf.nn.swish, "FixedDropout": dropout}
    else:
        import keras
    own |= unlisted_layers(keras)
    try:
        # safe_mode refuses Lambda layers: code that came with a file is never run.
        return keras.models.load_model(
            file.path, custom_objects=own, compile=False, safe_mode=not allow_code
        )
    except Exception as error:  # whatever a strange file makes the reader raise
        unknown = _unknown_layers(file.config, {*dir(keras.layers), *own})
        if unknown:
            raise ModelError(
                "layer_foreign",
                f"{file.path.name} has layers whose code is not here: {', '.join(unknown)}. "
                "Where that code is, save the model as a SavedModel (model.export(folder); in "
                "Keras 2 model.save(folder)), which needs none, and open that.",
                name=file.path.name,
                layers=", ".join(unknown),
            ) from error
        form = f"a model of Keras {file.generation}"
        raise rejections.unreadable(file.path.name, form, error) from error


def unlisted_layers(library: Any) -> dict[str, type]:
    """The layers that a Keras library brings with its applications, but does not list, by name.

    Args:
        library: `keras` or `tf_keras`. Its files name these layers, but it does not find them.

    Example:
        >>> import keras
        >>> sorted(unlisted_layers(keras))
        ['CustomScaleLayer', 'LayerScale', 'StochasticDepth']
    """
    applications = f"{library.__name__}.src.applications."
    return {
        each.__name__: each
        for each in _subclasses(library.layers.Layer)
        if each.__module__.startswith(applications)
    }


def _subclasses(kind: Any) -> Iterator[Any]:
    for each in kind.__subclasses__():
        yield each
        yield from _subclasses(each)


def _unknown_layers(config: Any, known: Set[str]) -> list[str]:
    """Layers of an architecture, nested ones too, that are not known."""
    found = {
        str(layer["class_name"])
        for part in _parts(config)
        for layer in _listed(part.get("layers"))
        if isinstance(layer, dict) and "class_name" in layer
    }
    return sorted(found - known - {*_MODELS, *_ARITHMETIC, "FixedDropout"})


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    if isinstance(config, dict):
        yield config
    for part in config.values() if isinstance(config, dict) else _listed(config):
        yield from _parts(part)


def _listed(entry: Any) -> list[Any]:
    return entry if isinstance(entry, list) else []


def _saved_model(file: ModelFile) -> LoadedModel:
    """A SavedModel by its serving signature; it has no Keras layers, whatever wrote it."""
    try:
        model = tf.saved_model.load(str(file.path))
    except Exception as error:  # whatever a strange folder makes the reader raise
        raise rejections.unreadable(file.path.name, "a SavedModel", error) from error
    serve = _signature(file.path.name, model.signatures)
    specs = serve.structured_input_signature[1]
    if len(specs) != 1:
        raise _wrong_inputs(len(specs))
    (spec,) = specs.values()
    if spec.dtype == tf.string:
        raise ModelError(
            "input_encoded",
            f"{file.path.name} takes photos as encoded files (JPEG), so it cannot be explained "
            "from their pixels. Save it with a signature that takes a batch of images "
            "[photos, height, width, 3].",
            name=file.path.name,
        )
    shape = _image_shape(spec.shape.as_list() if spec.shape.rank is not None else ())
    return LoadedModel(serve, shape, {}, model, file, spec.dtype.is_integer)


def _signature(name: str, signatures: Mapping[str, Any]) -> Any:
    if "serving_default" in signatures:
        return signatures["serving_default"]
    if len(signatures) == 1:
        return next(iter(signatures.values()))
    raise ModelError(
        "signature_unclear",
        f"{name} has {len(signatures)} signatures ({', '.join(signatures) or 'none'}), and none is "
        "called serving_default, so it is unclear which one answers. Save it with one: "
        "tf.saved_model.save(model, folder, signatures=function).",
        name=name,
        got=", ".join(signatures),
    )


def _image_shape(declared: Any) -> Shape:
    """(h, w, c) of [N, h, w, c]."""
    if len(declared) != 4 or declared[3] not in (1, 3):
        raise ModelError(
            "model_shape",
            f"The model takes {tuple(declared)}; a photo classifier takes [photos, height, width, "
            "3], or 1 in the end for grey photos.",
            got=str(tuple(declared)),
        )
    return declared[1], declared[2], declared[3]


def _wrong_inputs(count: int) -> ModelError:
    if count == 0:
        return ModelError(
            "model_inputs",
            "The model does not say what it takes. Build it for its photos and save it again: "
            "model.build((None, height, width, 3)).",
            count=count,
        )
    return ModelError(
        "model_inputs",
        f"The model takes {count} inputs; only one of a single image can be explained. Save a "
        "model of the image alone, with the other inputs fixed.",
        count=count,
    )


def _flat(model: Any) -> Iterator[Any]:
    """All layers, those of nested models too."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _flat(layer)
