"""Models with a known shortcut, and their photos: what gives the class away is known."""

from __future__ import annotations

SHORTCUTS: tuple[str, ...] = ("honest", "background", "tint", "mark", "border")
"""What gives the class away. "honest" is no shortcut: it is the rice itself."""
