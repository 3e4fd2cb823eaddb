"""What comes with a message: kinds as in the interface, `ref` the file id, `album` what belongs together.

A contact holds somebody's phone number, a sticker, a dice or a poll says nothing to us: they are no attachments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlu.text import clean

LONGEST_NAME = 200
LONGEST_REF = 400

_FILES = {"video": "video", "video_note": "video", "voice": "voice", "audio": "voice"}
"""Fields of a message that hold one file, in the order looked at, and its kind."""


def attachments_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The attachments of a message; malformed ones are passed over."""
    found = _photo(message.get("photo")) or _document(message) or _other(message) or _position(message)
    if found is None:
        return []
    album = message.get("media_group_id")
    return [{**found, **({"album": clean(album)[:LONGEST_NAME]} if isinstance(album, str) else {})}]


def _photo(sizes: object) -> dict[str, Any] | None:
    """The largest size of a photo."""
    known = [size for size in sizes if isinstance(size, Mapping)] if isinstance(sizes, list) else []
    named = [size for size in known if _ref(size)]
    return _file("photo", max(named, key=_area)) if named else None


def _area(size: Mapping[str, Any]) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if type(width) is int and type(height) is int else 0


def _document(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """A file; a picture sent as a file is a photo, an animation has a field of its own beside it."""
    file = message.get("document")
    if not isinstance(file, Mapping) or not _ref(file):
        return None
    if "animation" in message:
        return _file("video", file)
    kind = str(file.get("mime_type") or "").partition("/")[0]
    return _file({"image": "photo", "video": "video", "audio": "voice"}.get(kind, "file"), file)


def _other(message: Mapping[str, Any]) -> dict[str, Any] | None:
    for name, kind in _FILES.items():
        file = message.get(name)
        if isinstance(file, Mapping) and _ref(file):
            return _file(kind, file)
    return None


def _position(message: Mapping[str, Any]) -> dict[str, Any] | None:
    venue = message.get("venue")
    place = venue.get("location") if isinstance(venue, Mapping) else message.get("location")
    if not isinstance(place, Mapping):
        return None
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not all(isinstance(degrees, (int, float)) and abs(degrees) <= 360 for degrees in (latitude, longitude)):
        return None
    title = venue.get("title") if isinstance(venue, Mapping) else None
    name = clean(title)[:LONGEST_NAME] if isinstance(title, str) else ""
    return {"kind": "position", "name": name or f"{latitude},{longitude}"}


def _ref(file: Mapping[str, Any]) -> str:
    ref = file.get("file_id")
    return ref if isinstance(ref, str) and len(ref) <= LONGEST_REF else ""


def _file(kind: str, file: Mapping[str, Any]) -> dict[str, Any]:
    name = file.get("file_name")
    return {"kind": kind, "name": clean(name)[:LONGEST_NAME] if isinstance(name, str) else "", "ref": clean(_ref(file))}
