"""Photos of rice drawn from numbers and a seed, with the exact place of every grain.

No pixel comes from a photo. Use them as samples (say that they are rendered), as tests with a known
answer, or as extra training photos.
"""

from __future__ import annotations

from core.scenes.background import BACKGROUNDS, render_background
from core.scenes.layout import LAYOUTS
from core.scenes.light import LIGHTS
from core.scenes.scene import Scene, render_scene
from core.scenes.variety import VARIETIES, Variety

__all__ = [
    "BACKGROUNDS",
    "LAYOUTS",
    "LIGHTS",
    "VARIETIES",
    "Scene",
    "Variety",
    "render_background",
    "render_scene",
]
