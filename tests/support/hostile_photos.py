"""Small files that cost a decoder much, of every kind that was thought of."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from tests.support.photo_files import encode, png_chunk


def blank_png(width: int, height: int, depth: int, color: int, *extra: bytes) -> bytes:
    """All zeros; `color` as in the PNG specification, 11.2.1."""
    row = bytes(1 + width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color] // 8)
    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    chunks = head + b"".join(extra) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def repeated_scans(side: int, times: int, mode: str = "L") -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = encode(Image.new(mode, (side, side), 128), "JPEG", progressive=True)
    last = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + last * times + data[-2:]


def shared_tags(count: int, length: int) -> bytes:
    """A directory of tags that all have the same bytes as their value."""
    tags = b"".join(
        struct.pack("<HHLL", 40_000 + tag, 7, length, 8 + 6 + 12 * count) for tag in range(count)
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + tags + bytes(4) + bytes(length)


def jpeg_with(segments: bytes, side: int = 64) -> bytes:
    """A JPEG with these bytes behind its start."""
    return b"\xff\xd8" + segments + encode(Image.new("RGB", (side, side)), "JPEG")[2:]


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def long_exif(tiff: bytes) -> bytes:
    """Exif in as many segments as it needs, each with its mark, as Pillow joins them."""
    return b"".join(
        jpeg_segment(0xE1, b"Exif\0\0" + tiff[start : start + 65_000])
        for start in range(0, len(tiff), 65_000)
    )


def run_length_bmp(side: int, length: int) -> bytes:
    """A BMP of runs without pixels, which Pillow goes through in Python."""
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, length, 0, 0, 256, 0)
    body = bytes(1024) + b"\0\2\0\0" * (length // 4)
    return b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54 + 1024) + head + body


def gif_of_comments(count: int) -> bytes:
    data = encode(Image.new("P", (64, 64)), "GIF")
    start = data.index(b",\0\0\0\0")
    return data[:start] + b"!\xfe" + b"\1a" * count + b"\0" + data[start:]


def tiff_of(entries: dict[int, tuple[int, int, int]], rest: bytes = b"") -> bytes:
    """A little TIFF of tags: type, count, value."""
    tags = b"".join(struct.pack("<HHLL", tag, *entries[tag]) for tag in sorted(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + tags + bytes(4) + rest


def _lying_tiff(side: int) -> bytes:
    """A TIFF of one tile that is much larger than its picture."""
    return tiff_of(
        {256: (4, 1, 64), 257: (4, 1, 64), 258: (3, 1, 8), 259: (3, 1, 8), 262: (3, 1, 1),
         277: (3, 1, 1), 322: (4, 1, 16 * side), 323: (4, 1, 16 * side),
         324: (4, 1, 200), 325: (4, 1, 100)},
        bytes(200),
    )  # fmt: skip


def _one_strip_tiff(side: int, mode: str) -> bytes:
    file = BytesIO()
    Image.new(mode, (side, side)).save(
        file, "TIFF", compression="tiff_adobe_deflate", tiffinfo={278: side}
    )
    return file.getvalue()


def _cmyk(side: int) -> bytes:
    return encode(Image.new("CMYK", (side, side)), "JPEG", progressive=True)


def _heavy_profile(side: int) -> bytes:
    profile = b"".join(
        jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes([1 + n, 255]) + bytes(65_000))
        for n in range(255)
    )
    return jpeg_with(profile)


def _avif(side: int) -> bytes:
    return encode(Image.new("RGB", (side * 7 // 10, side * 7 // 10)), "AVIF", speed=10)


def _heic(side: int) -> bytes:
    return encode(Image.new("RGBA", (side * 7 // 10, side * 7 // 10)), "HEIC")


def _webp(side: int) -> bytes:
    image = Image.new("RGBA", (side, side))
    return encode(image, "WebP", lossless=True, method=0)


def _webp_largest(side: int) -> bytes:
    return _webp(side * 55 // 100)


def _lying_heic(side: int) -> bytes:
    data = encode(Image.new("RGB", (side // 2, side // 2)), "HEIC")
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", 64, 64) + data[place + 8 :]


def _lying_avif(side: int) -> bytes:
    data = encode(Image.new("RGB", (side // 2, side // 2)), "AVIF", speed=10)
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", 64, 64) + data[place + 8 :]


def heic_grid(tiles: int, side: int, declared: int) -> bytes:
    """A HEIC of so many times so many tiles, all of them one, that says that it is smaller.

    ISO/IEC 23008-12, 6.6.2.3: the item `grid` and its references to the tiles.
    """
    one = encode(Image.new("RGB", (side, side), "wheat"), "HEIC")
    count, pixels = tiles * tiles, _box_of(one, b"mdat")[8:]
    body = struct.pack(">4B2L", 0, 1, tiles - 1, tiles - 1, tiles * side, tiles * side)
    sizes = [_box(b"ispe", bytes(4), struct.pack(">2L", *2 * [each])) for each in (side, declared)]
    properties = _box(b"ipco", _box_of(one, b"hvcC"), *sizes)
    of_items = struct.pack(">4xLHB2BHBB", 2, 1, 2, 0x81, 2, 2, 1, 3)
    items = [
        _box(b"infe", b"\2\0\0\0", struct.pack(">2H", number, 0), kind, b"\0")
        for number, kind in ((1, b"hvc1"), (2, b"grid"))
    ]
    parts = (
        _box(b"hdlr", bytes(8), b"pict", bytes(13)),
        _box(b"pitm", bytes(4), b"\0\2"),
        _box(b"iinf", bytes(4), b"\0\2", *items),
        _box(b"iref", bytes(4), _box(b"dimg", struct.pack(">2H", 2, count), b"\0\1" * count)),
        _box(b"iprp", properties, _box(b"ipma", of_items)),
    )

    def head(place: int) -> bytes:
        places = struct.pack(">4H2L", 1, 0, 0, 1, place, len(pixels))
        places += struct.pack(">4H2L", 2, 0, 0, 1, place + len(pixels), len(body))
        where = _box(b"iloc", b"\1\0\0\0", b"\x44\0\0\2", places)
        return _box(b"ftyp", b"heic", bytes(4), b"mif1heic") + _box(
            b"meta", bytes(4), *parts, where
        )

    return head(len(head(0)) + 8) + _box(b"mdat", pixels, body)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">L", 8 + len(body)) + kind + body


def _box_of(file: bytes, kind: bytes) -> bytes:
    start = file.index(kind) - 4
    return file[start : start + int.from_bytes(file[start : start + 4], "big")]


def _directories(count: int) -> bytes:
    """A TIFF of so many pictures of 8 x 8 pixels, all of them one."""
    tags = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64}
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags.items())
    one = struct.pack("<H", len(tags)) + entries
    places = (8 + number * (len(one) + 4) for number in range(1, count))
    chain = b"".join(one + struct.pack("<L", place) for place in places)
    return b"II*\0\x08\0\0\0" + chain + one + bytes(4 + 64)


def _restarts(count: int) -> bytes:
    """A JPEG with restart markers where none belong."""
    data = encode(Image.new("L", (64, 64), 128), "JPEG")
    start = data.index(b"\xff\xda") + 10
    return data[:start] + b"\xff\xd0" * count + data[start:]


def _deep_png(side: int) -> bytes:
    """Colours of 16 bits, which must be decoded twice: black but for one spot."""
    side = min(side, 4400)
    pixels = np.zeros((side, side, 3), np.uint16)
    pixels[0, 0] = 4095
    return bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])


LARGE: dict[str, Callable[[int], bytes]] = {
    "scans_200.jpg": lambda side: repeated_scans(side * 4 // 10, 200),
    "scans_3000.jpg": lambda side: repeated_scans(side * 4 // 10, 3000),
    "scans_color.jpg": lambda side: repeated_scans(side * 4 // 10, 3000, "RGB"),
    "progressive_cmyk.jpg": _cmyk,
    "rgba.webp": _webp,
    "rgba_largest.webp": _webp_largest,
    "rgba.png": lambda side: blank_png(side, side, 8, 6),
    "rgba16.png": lambda side: blank_png(side, side, 16, 6),
    "rgb16.png": lambda side: blank_png(side, side, 16, 2),
    "grey16.png": lambda side: blank_png(side, side, 16, 0),
    "grey_alpha.png": lambda side: blank_png(side, side, 8, 4),
    "one_row.png": lambda side: blank_png(side * side, 1, 8, 6),
    "deep_color.png": _deep_png,
    "palette.gif": lambda side: encode(Image.new("P", (side, side)), "GIF", transparency=0),
    "one_strip.tif": lambda side: _one_strip_tiff(side, "RGBA"),
    "one_strip_float.tif": lambda side: _one_strip_tiff(side, "F"),
    "one_strip_lab.tif": lambda side: _one_strip_tiff(side, "LAB"),
    "huge_tile.tif": _lying_tiff,
    "large.avif": _avif,
    "large.heic": _heic,
    "lying.avif": _lying_avif,
    "lying.heic": _lying_heic,
    "grid.heic": lambda side: heic_grid(10, side // 20, side // 2),
    "lying_grid.heic": lambda side: heic_grid(30, side // 20, side // 2),
}
"""Pictures of many pixels: what makes each, from the side of a square."""

LONG: dict[str, Callable[[int], bytes]] = {
    "segments.jpg": lambda count: jpeg_with(jpeg_segment(0xFE, b"") * count),
    "fill_bytes.jpg": lambda count: jpeg_with(b"\xff" * 4 * count),
    "junk.jpg": lambda count: jpeg_with(b"\xff\xfe\0\2" + bytes(4 * count)),
    "exif.jpg": lambda count: jpeg_with(long_exif(shared_tags(min(count, 25_000), 2_000_000))),
    "chunks.png": lambda count: blank_png(64, 64, 8, 2, png_chunk(b"teSt", b"") * count),
    "exif.png": lambda count: blank_png(
        64, 64, 8, 2, png_chunk(b"eXIf", shared_tags(min(count, 25_000), 4_000_000))
    ),
    "text.png": lambda count: blank_png(
        64, 64, 8, 2, png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000))) * 64
    ),
    "comments.gif": gif_of_comments,
    "runs.bmp": lambda count: run_length_bmp(9_000, 4 * count),
    "tags.tif": lambda count: tiff_of(
        dict.fromkeys(range(30_000, 30_000 + min(count, 30_000)), (7, 40_000_000, 8)),
        bytes(40_000_000),
    ),
    "strips.tif": lambda count: tiff_of(
        {256: (4, 1, 1), 257: (4, 1, count), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1),
         273: (4, count, 8 + 2 + 12 * 8 + 4), 278: (4, 1, 1),
         279: (4, count, 8 + 2 + 12 * 8 + 4)},
        struct.pack("<L", 1) * count,
    ),
    "exif.webp": lambda count: encode(
        Image.new("RGB", (64, 64)), "WebP", exif=shared_tags(min(count, 25_000), 4_000_000)
    ),
    "exif.avif": lambda count: encode(
        Image.new("RGB", (64, 64)), "AVIF", exif=shared_tags(min(count, 25_000), 4_000_000)
    ),
    "exif.heic": lambda count: encode(
        Image.new("RGB", (64, 64)), "HEIC", exif=shared_tags(min(count, 25_000), 4_000_000)
    ),
    "profile.jpg": _heavy_profile,
    "directories.tif": lambda count: _directories(min(count, 400_000)),
    "restarts.jpg": _restarts,
    "xmp.png": lambda count: blank_png(
        64, 64, 8, 2, png_chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + b"Orientation" * count)
    ),
}  # fmt: skip
"""Pictures of few pixels with much around them: what makes each, from a count."""
