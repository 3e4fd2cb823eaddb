"""What is kept of a photo: its picture, upright, no larger than needed, without what a camera wrote into it.

A photo carries where and when it was taken, by which phone, sometimes a small picture of what was cut away. The picture
is painted onto a new one and that is written, so that nothing can come along that nobody thought of.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps

LONGEST_SIDE = 2560
"""Pixels of what is kept: a meter can be read in it."""

MOST_PIXELS = 50_000_000
"""Of what is opened at all; a few hundred bytes can unfold to as many pixels as they like."""

QUALITY = 85

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""What chats send. Each format more is one more reader that hostile content may try."""

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")
_IN_BOXES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ")


class PhotoRefused(Exception):
    """It is no photo that can be cleaned."""


def is_picture(content: bytes) -> bool:
    """Whether the content begins like a picture, whatever its name says; also of a kind that cannot be cleaned."""
    boxed = content[4:8] == b"ftyp" and content[8:12] in _IN_BOXES
    return boxed or content.startswith(_PICTURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def cleaned(content: bytes) -> bytes:
    """The photo as a JPEG of our own making.

    Raises:
        PhotoRefused: it is none, broken, cut off, or too large to open; nothing else ever.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _painted_anew(content)
    except PhotoRefused:
        raise
    except (Exception, MemoryError) as error:  # whatever a reader makes of hostile content
        raise PhotoRefused(type(error).__name__) from error


def _painted_anew(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=FORMATS) as photo:
        if photo.width * photo.height > MOST_PIXELS:
            raise PhotoRefused("pixels")
        photo.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is opened at half the size where that is enough
        photo.load()
        picture = _upright(photo)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = picture.convert("RGBA")  # see-through parts become white, not black
        plain = Image.new("RGB", picture.size, "white")
        plain.paste(picture, mask=picture)
        written = BytesIO()
        plain.save(written, "JPEG", quality=QUALITY)
        return written.getvalue()


def _upright(photo: Image.Image) -> Image.Image:
    """Turned as its camera was held; a camera that wrote nonsense about it is not believed."""
    with suppress(Exception):
        return ImageOps.exif_transpose(photo)
    return photo.copy()
