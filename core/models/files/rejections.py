"""Error messages for refused model files: what it is, why not, what to do instead.

Each takes the file's name, and the part of it that is meant, as the file itself spells it, but for
what could lie to a reader or a terminal.
"""

from __future__ import annotations

import re
import unicodedata

from core.errors import ModelError

_LONGEST = 200  # characters of anything that a file says of itself
_LONGEST_REASON = 1000  # and of what a library says


def _error(code: str, message: str, longest: int = _LONGEST, **facts: object) -> ModelError:
    shown = {
        key: printable(fact, longest) if isinstance(fact, str) else fact
        for key, fact in facts.items()
    }
    return ModelError(code, message.format(**shown), **shown)


def printable(text: str, longest: int = _LONGEST) -> str:
    r"""A stranger's text on one line: no control characters, no halves of characters.

    Args:
        text: Of any length.
        longest: Characters to keep.

    Example:
        >>> printable("a" + chr(27) + "[2J" + chr(0xD800))
        'a\\x1b[2J\\ud800'
    """
    hidden = ("C", "Zl", "Zp")  # control, direction and surrogate characters; new lines
    shown = "".join(
        ascii(each)[1:-1] if unicodedata.category(each).startswith(hidden) else each
        for each in text
    )
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def pickle_file(name: str) -> ModelError:
    """A pickle: opening it would run what it says."""
    return _error(
        "model_pickle",
        "{name} is a Python pickle (as PyTorch, scikit-learn and joblib write them). Opening one "
        "runs whatever its maker put in, so it is never opened. Save the model as .keras or .onnx "
        "(torch.onnx.export) where it was made.",
        name=name,
    )


def foreign_format(name: str, form: str) -> ModelError:
    """A model of a form that is recognised but not explained."""
    return _error(
        "model_foreign",
        "{name} is a {form} file. Rice Lens explains Keras, TensorFlow and ONNX models: choose the "
        ".keras, .h5, SavedModel or .onnx that it was made from.",
        name=name,
        form=form,
    )


def packed_archive(name: str) -> ModelError:
    """An archive that is not itself a model."""
    return _error(
        "model_packed",
        "{name} is a packed archive. Unpack it and choose the folder.",
        name=name,
    )


def unpacked_archive(name: str) -> ModelError:
    """A `.keras` archive that was unpacked into a folder."""
    return _error(
        "model_unpacked",
        "{name} is the unpacked content of a .keras file. Choose the .keras file itself.",
        name=name,
    )


def damaged(name: str, reason: str) -> ModelError:
    """Empty, cut off or corrupt."""
    return _error(
        "model_damaged",
        "{name} is empty, cut off or damaged ({reason}). Copy or download the whole file again.",
        name=name,
        reason=reason,
    )


def not_unpacked(name: str, reason: str) -> ModelError:
    """An archive that this machine has no room or no right to unpack."""
    return _error(
        "model_not_unpacked",
        "{name} could not be unpacked here ({reason}). Choose the model itself, as one .keras or "
        ".h5 file, or try again later.",
        name=name,
        reason=reason,
    )


def no_model(name: str) -> ModelError:
    """Nothing that is known."""
    return _error(
        "model_unknown",
        "{name} holds no model that can be read. Choose a .keras, .h5 or .onnx file, a weights "
        "file (.weights.h5), a SavedModel folder (with saved_model.pb) or a TensorFlow checkpoint "
        "(its .index file).",
        name=name,
    )


def ambiguous(name: str, found: list[str]) -> ModelError:
    """A folder with more than one model."""
    return _error(
        "model_several",
        "{name} holds several models: {found}. Choose one of them by its own path.",
        name=name,
        found=", ".join(found),
    )


def unreadable(name: str, form: str, error: Exception) -> ModelError:
    """What the library that should open it says, whole."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # Keras marks its own words as bold
    reason = " ".join(plain.split()) or type(error).__name__
    return _error(
        "model_unreadable",
        "{name} cannot be opened as {form}: {reason}",
        _LONGEST_REASON,
        name=name,
        form=form,
        reason=reason,
    )


def program_code(name: str, part: str) -> ModelError:
    """Code that came with the file, or code that the file asks for by name."""
    return _error(
        "model_code",
        "{name} holds or asks for program code ({part}). Code that comes with a model is not run. "
        "Where the model was made, save it as a SavedModel (model.export(folder)); or, if you "
        "trust its maker, open it on the command line with --allow-code.",
        name=name,
        part=part,
    )


def external_reference(name: str, part: str) -> ModelError:
    """Something that would be read from, or written to, another place than the model itself."""
    return _error(
        "model_elsewhere",
        "{name} points to something outside of itself ({part}). Nothing outside a model is read "
        "or written for it. Save the model again as one .keras file.",
        name=name,
        part=part,
    )


def external_weights(name: str, part: str) -> ModelError:
    """An ONNX file whose weights lie in another one."""
    return _error(
        "model_weights_elsewhere",
        "The weights of {name} are kept in another file ({part}). Nothing outside a model is read "
        "for it. Export it as one file: torch.onnx.export(..., external_data=False).",
        name=name,
        part=part,
    )


def unexpected_content(name: str, part: str) -> ModelError:
    """Something that no writer of such files puts there."""
    return _error(
        "model_strange",
        "{name} contains something that does not belong into such a file ({part}), so it is not "
        "opened. Save the model again with Keras or TensorFlow.",
        name=name,
        part=part,
    )


def unsafe_operation(name: str, op: str, where: str) -> ModelError:
    """A graph's operation that reaches out of the graph, or that nobody knows."""
    return _error(
        "model_operation",
        "The graph of {name} uses the operation {op} ({where}), which does more than compute with "
        "the photo: it may read or write files, reach the network or run code. Export the model "
        "again with only the layers that classify.",
        name=name,
        op=op,
        where=where,
    )


def too_large(name: str, needed: int, limit: int) -> ModelError:
    """More bytes to fill than a model of this file's size has any use for."""
    megabytes, most = -(-needed >> 20), limit >> 20
    return _error(
        "model_too_large",
        "{name} would fill {megabytes} MB of memory or disk; a file like this may fill at most "
        "{limit} MB. Save a smaller model, or, if this one should be small, get it again from its "
        "maker.",
        name=name,
        megabytes=megabytes,
        limit=most,
    )


def no_numbers(name: str) -> ModelError:
    """A model that answers a photo with no numbers."""
    return _error(
        "model_not_finite",
        "{name} answers with what is no number (NaN or infinite). Its weights are damaged, or too "
        "large for half precision: save it again in float32.",
        name=name,
    )


def no_layer(name: str) -> ModelError:
    """Nothing left that has places."""
    return _error(
        "no_layer",
        "{name} has no layer whose rows and columns lie as the photo's do, so there is nothing to "
        "draw a map on. Give it a convolution that keeps them, or tokens in the photo's order "
        "(flattened numbers have none), and train it again.",
        name=name,
    )


def no_gradient(name: str, op: str) -> ModelError:
    """An operation behind all layers that have places, whose gradient is not known."""
    return _error(
        "no_gradient",
        "{name} cannot be explained: the gradient of {op}, which all its layers lead through, is "
        "not known here. Export the model with common operations behind its last convolution.",
        name=name,
        op=op,
    )
