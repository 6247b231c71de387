"""The server's heap: what lasts is not looked through for garbage after each run."""

from __future__ import annotations

import gc

from core.images.memory_budget import trim_memory


def freeze_heap() -> None:
    """Collect all garbage, which goes back to the system; later collections pass over what is left.

    Streamlit collects garbage after every run, and would look through all imported modules for it.
    What is frozen and then given up in a cycle of references stays until the next call of this
    function; `gc.unfreeze` lets the next collection find it.

    Example:
        >>> freeze_heap()
        >>> gc.get_freeze_count() > len(gc.get_objects())
        True
        >>> gc.unfreeze()
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim_memory(0)
