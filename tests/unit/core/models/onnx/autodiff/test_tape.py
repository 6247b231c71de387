"""The tape writes backward nodes that numpy can check."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.onnx.autodiff.tape import Tape
from tests.support.onnx_graphs import run_nodes

GRAD = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def answer(tape: Tape, **given: np.ndarray) -> np.ndarray:
    """What the last node of a tape gives."""
    return run_nodes(tape.nodes, given, tape.nodes[-1].output[0])


def test_constants_and_sums():
    tape = Tape({}, {})
    tape.sum(["grad", tape.constant(2)])
    assert answer(tape, grad=GRAD) == pytest.approx(GRAD + 2)


def test_a_gradient_is_reshaped_or_expanded_like_a_tensor():
    tape = Tape({}, {})
    tape.reshape_like("grad", "like")
    assert np.array_equal(answer(tape, grad=GRAD, like=np.zeros((4, 6), "f4")), GRAD.reshape(4, 6))
    tape = Tape({}, {})
    tape.expand_like("grad", "like")
    found = answer(tape, grad=GRAD[:, :, :1], like=np.zeros((2, 3, 5), "f4"))
    assert np.array_equal(found, np.broadcast_to(GRAD[:, :, :1], (2, 3, 5)))


@pytest.mark.parametrize("own", [(2, 3, 4), (1, 3, 1), (3, 4), (4,), (1,)])
def test_the_gradient_of_a_broadcast_tensor_is_summed_over_its_copies(own):
    """The adjoint of broadcasting: <broadcast(v), grad> = <v, unbroadcast(grad)>."""
    tape = Tape({"to": own}, {})
    name = tape.unbroadcast("grad", GRAD.shape, "to")
    vector = np.random.default_rng(0).normal(size=own).astype(np.float32)
    found = answer(tape, grad=GRAD, to=vector) if tape.nodes else GRAD
    assert (name == "grad") == (own == GRAD.shape)
    assert found.shape == own
    assert (found * vector).sum() == pytest.approx(
        (np.broadcast_to(vector, GRAD.shape) * GRAD).sum(), rel=1e-4
    )


def test_what_the_last_node_does_not_need_is_left_out():
    tape = Tape({}, {})
    square = tape.add_forward_node("Mul", ["grad", "grad"])
    tape.add_forward_node("Exp", ["grad"])
    tape.add_node("Neg", ["grad"])
    tape.sum([square, "grad"])
    tape.drop_unread()
    assert [each.op_type for each in (*tape.forward_nodes, *tape.nodes)] == ["Mul", "Sum"]
    found = run_nodes([*tape.forward_nodes, *tape.nodes], {"grad": GRAD}, tape.nodes[-1].output[0])
    assert found == pytest.approx(GRAD**2 + GRAD)
