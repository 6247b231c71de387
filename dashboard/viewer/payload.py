"""The message that carries pictures to the browser: a header in JSON, and parts in bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

_LENGTH = 4  # bytes that give the header's length


@dataclass(frozen=True)
class Parts:
    """Parts of a message; the header names each by its place among them."""

    bodies: list[bytes] = field(default_factory=list)

    def add(self, body: bytes) -> int:
        """Take in a part, unless it is there, and give its place."""
        if body not in self.bodies:
            self.bodies.append(body)
        return self.bodies.index(body)


def pack(header: dict[str, Any], parts: Parts) -> bytes:
    """Pack one message, for Streamlit hands bytes to a component only alone.

    Args:
        header: What goes as JSON; it gets `parts`, the digest and the length of each, by which the
            browser knows those that it has decoded before.
        parts: What goes as bytes.

    Returns:
        The header's length as uint32 (little-endian), the header, and the parts.

    Example:
        >>> parts = Parts()
        >>> message = pack({"photo": parts.add(b"abc")}, parts)
        >>> header, bodies = unpack(message)
        >>> bodies[header["photo"]]
        b'abc'
    """
    index = [[hashlib.blake2b(body, digest_size=8).hexdigest(), len(body)] for body in parts.bodies]
    head = json.dumps({**header, "parts": index}, ensure_ascii=False).encode()
    return b"".join([len(head).to_bytes(_LENGTH, "little"), head, *parts.bodies])


def unpack(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The header and the parts of a message, as `viewer.js` reads it."""
    at = _LENGTH + int.from_bytes(message[:_LENGTH], "little")
    header, bodies = json.loads(message[_LENGTH:at]), []
    for _, length in header["parts"]:
        bodies.append(message[at : at + length])
        at += length
    return header, bodies
