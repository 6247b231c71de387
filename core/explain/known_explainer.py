"""An explainer that asks the network of no photo whose explanation is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from core.explain.classifier import FittedPhoto
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest

_DEFAULT = ExplainRequest()


class KnownExplainer(Explainer):
    """An explainer with explanations that it gives again instead of asking the network.

    A photo is explained in another batch than without them, so numbers may differ in the last
    digit.

    Args:
        explainer: Explains all other photos.
        known: Explanations that this model gave.

    Example:
        >>> from core.explain.open_explainer import open_explainer
        >>> from core.images.decode import read_file
        >>> from core.models.registry import find_model
        >>> explainer = open_explainer(find_model("rice-64"))
        >>> photo = read_file("assets/samples/ketan-scattered-slate.jpg")
        >>> (known,) = explainer.explain([photo])
        >>> KnownExplainer(explainer, [known]).explain([photo])[0] is known
        True
    """

    def __init__(self, explainer: Explainer, known: Iterable[Explanation]) -> None:
        super().__init__(explainer.name, explainer.card, explainer.network, explainer.familiarity)
        self._known: Mapping[tuple[ExplainRequest, str], Explanation] = {
            (each.request, each.sha256): each for each in known
        }

    def single_threaded(self) -> KnownExplainer:
        """As `Explainer.single_threaded`."""
        return KnownExplainer(super().single_threaded(), self._known.values())

    def explain_stream(
        self, photos: Iterable[FittedPhoto], request: ExplainRequest = _DEFAULT
    ) -> Iterator[Explanation]:
        """As `Explainer.explain_stream`."""
        request = self.resolve(request)
        taken: deque[Explanation | None] = deque()

        def new() -> Iterator[FittedPhoto]:
            for photo in photos:
                taken.append(self._known.get((request, photo.sha256)))
                if taken[-1] is None:
                    yield photo

        for found in super().explain_stream(new(), request):
            while (known := taken.popleft()) is not None:
                yield known
            yield found
        yield from (known for known in taken if known)
