"""The message that carries pictures to the browser."""

from __future__ import annotations

import hashlib

from dashboard.viewer.payload import Parts, pack, unpack


def test_what_is_packed_is_unpacked():
    parts = Parts()
    header = {"name": "甲 <b>", "a": parts.add(b"\0\1"), "b": parts.add(b""), "c": parts.add(b"x")}
    message = pack(header, parts)
    found, bodies = unpack(message)
    assert bodies == [b"\0\1", b"", b"x"]
    assert {key: found[key] for key in header} == header
    assert len(message) == 4 + int.from_bytes(message[:4], "little") + 3


def test_a_part_is_known_by_its_content_and_sent_once():
    parts = Parts()
    assert [parts.add(body) for body in (b"one", b"other", b"one")] == [0, 1, 0]
    (one, length), (other, _) = unpack(pack({}, parts))[0]["parts"]
    assert (one, length) == (hashlib.blake2b(b"one", digest_size=8).hexdigest(), 3)
    assert one != other
