"""What is kept of a photo: the picture, and nothing that came along with it; hostile content is refused, never raised."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from desk.services.photos import LONGEST_SIDE, PhotoRefused, cleaned, is_picture

SECRET = b"SECRET"
GPS, GPS_LATITUDE, ORIENTATION, MAKER, ARTIST = 0x8825, 2, 0x0112, 0x010F, 0x013B


def picture(width: int = 64, height: int = 32) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), (220, 20, 20))
    image.paste((20, 20, 220), (width // 2, 0, width, height))
    return image


def saved(image: Image.Image, form: str, **more: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[ORIENTATION], made[MAKER], made[ARTIST] = orientation, "SECRET phone", "SECRET name"
    made.get_ifd(GPS)[GPS_LATITUDE] = (31.0, 14.0, 12.5)
    return made


def telling_jpeg(orientation: int = 1) -> bytes:
    """With all that a camera or a program writes into a JPEG: EXIF with a position, XMP, a comment, a profile, a thumb."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + SECRET
    content = saved(picture(), "JPEG", exif=exif(orientation), comment=SECRET, icc_profile=profile)
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>SECRET</x:xmpmeta>"
    content = content[:2] + b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp + content[2:]
    return content + SECRET  # and what somebody hung on behind the picture


def telling_png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "SECRET name")
    notes.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET</x:xmpmeta>")
    return saved(picture(), "PNG", pnginfo=notes, exif=exif())


TELLING = {
    "jpeg": telling_jpeg(),
    "png": telling_png(),
    "webp": saved(picture(), "WEBP", exif=exif(), xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>"),
    "gif": saved(picture(), "GIF", comment=SECRET),
}


def segments(jpeg: bytes) -> set[int]:
    """The markers of a JPEG before its picture."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
    return found


@pytest.mark.parametrize("content", TELLING.values(), ids=TELLING)
def test_nothing_comes_along(content: bytes) -> None:
    assert SECRET in content
    plain = cleaned(content)
    assert SECRET not in plain
    assert segments(plain) <= {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF's own head, tables, frame: no EXIF, XMP, profile, comment
    with Image.open(BytesIO(plain)) as image:
        assert (image.format, len(image.getexif()), image.size) == ("JPEG", 0, (64, 32))
        assert {"exif", "xmp", "icc_profile", "comment"} & set(image.info) == set()


@pytest.mark.parametrize(
    ("orientation", "size", "left_or_top"),
    [(1, (64, 32), "red"), (3, (64, 32), "blue"), (6, (32, 64), "red"), (8, (32, 64), "blue")],
)
def test_upright_without_the_note_that_said_so(orientation: int, size: tuple[int, int], left_or_top: str) -> None:
    with Image.open(BytesIO(cleaned(telling_jpeg(orientation)))) as image:
        assert image.size == size
        red, _, blue = image.convert("RGB").getpixel((4, 4))  # type: ignore[misc]
        assert (red > blue) is (left_or_top == "red")


def test_a_large_photo_becomes_smaller_and_a_see_through_one_white() -> None:
    with Image.open(BytesIO(cleaned(saved(picture(6000, 3000), "JPEG")))) as image:
        assert image.size == (LONGEST_SIDE, LONGEST_SIDE // 2)
    with Image.open(BytesIO(cleaned(saved(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG")))) as image:
        assert image.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_sort_of_pixels(mode: str) -> None:
    forms = {"CMYK": "JPEG", "F": "TIFF"}
    content = saved(Image.new(mode, (9, 9)), forms.get(mode, "PNG"))
    if mode == "F":
        with pytest.raises(PhotoRefused):  # a TIFF: no chat sends one
            cleaned(content)
    else:
        assert cleaned(content).startswith(b"\xff\xd8")


def bomb() -> bytes:
    """A few kilobytes of PNG that would be 40,000 by 40,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


HOSTILE = {
    "nothing": b"",
    "text": "这不是照片".encode(),
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "pdf": b"%PDF-1.4 1 0 obj",
    "zip": b"PK\x03\x04" + bytes(100),
    "tiff": saved(picture(), "TIFF"),
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(100),
    "half a photo": telling_jpeg()[:700],
    "half a png": telling_png()[:90],
    "bomb": bomb(),
    "a head alone": b"\xff\xd8\xff\xe0",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(PhotoRefused):
        cleaned(content)


def test_a_broken_note_about_the_orientation_does_not_cost_the_photo() -> None:
    content = saved(picture(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff garbage")
    assert cleaned(content).startswith(b"\xff\xd8")


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), form=st.sampled_from(sorted(TELLING)))
def test_whatever_is_broken_nothing_but_a_refusal_is_raised(seed: int, form: str) -> None:
    chance = random.Random(seed)
    content = bytearray(TELLING[form])
    for _ in range(chance.randint(1, 40)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    try:
        plain = cleaned(bytes(content[: chance.randint(1, len(content))]))
    except PhotoRefused:
        return
    assert SECRET not in plain


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    is_picture(content)
    try:
        cleaned(content)
    except PhotoRefused:
        return


def test_a_picture_is_known_by_its_content() -> None:
    forms = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
    assert all(is_picture(saved(picture(), form)) for form in forms)
    assert is_picture(HOSTILE["heic"])
    assert not any(is_picture(HOSTILE[name]) for name in ("text", "pdf", "zip", "html", "nothing"))
