"""Pictures of shipping marks (标记唛码): PNG and JPEG, whole, of bounded size, with nothing behind their end.

Sources: manual 002 §4.2.1.1 and §4.2.2.1; PNG 1.2 part 3; ITU T.81 annex B.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from parcel.attachment_errors import AttachmentRefused, bomb, corrupt, refused
from parcel.inflate import Broken, Budget, TooMuch, inflated, within

SIDE = 20_000  # pixels
PIXELS = 100_000_000
_INSIDE = 4 << 20  # bytes of a compressed text or colour profile
_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what every reader shows
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")


def inspect_png(data: bytes, name: str) -> None:
    """Raises AttachmentRefused: ATT_TYPE, ATT_CORRUPT, ATT_BOMB, ATT_POLYGLOT."""
    if not data.startswith(_PNG):
        raise refused("ATT_TYPE", name, "内容不是 PNG", "the content is no PNG")
    pixels, kinds = [], []
    try:
        for kind, body in _chunks(data, name):
            kinds.append(kind)
            if kind == b"IDAT":
                pixels.append(body)
            elif kind in (b"iCCP", b"zTXt", b"iTXt"):
                _check_inside(kind, body)
            elif kind in (b"acTL", b"fcTL", b"fdAT"):
                raise corrupt(name, "动画 PNG", "an animated PNG")
        if kinds[:1] != [b"IHDR"] or kinds.count(b"IHDR") != 1 or not pixels:
            raise corrupt(name, "PNG 结构不完整", "a PNG without its head or its picture")
        raw = _raw_size(data, name)
        if sum(len(piece) for piece in within(inflated(pixels), raw, Budget(raw))) != raw:
            raise corrupt(name, "图像数据与尺寸不符", "another picture than its size says")
    except TooMuch:
        raise bomb(name, "图像解压后超过其尺寸", "more comes out than its size says") from None
    except Broken as bad:
        raise corrupt(name, "图像数据损坏", str(bad)) from None


def inspect_jpeg(data: bytes, name: str) -> None:
    """Raises AttachmentRefused: ATT_TYPE, ATT_CORRUPT, ATT_BOMB, ATT_POLYGLOT."""
    if not data.startswith(b"\xff\xd8\xff"):
        raise refused("ATT_TYPE", name, "内容不是 JPEG", "the content is no JPEG")
    at, frames = 2, 0
    while found := _MARKER.match(data, at) or (_MARKER.search(data, at) if frames else None):
        marker, at = found[1][0], found.end()
        if marker == 0xD9:
            _check_end(data, at, name)
            if frames != 1:
                raise corrupt(name, "JPEG 没有图像", "a JPEG without a picture")
            return
        length = int.from_bytes(data[at : at + 2], "big")
        if marker in (0x01, 0xD8) or length < 2 or at + length > len(data):
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frames += 1
            _check_frame(data[at : at + length], marker, name)
        at += length
    raise corrupt(name, "JPEG 不完整", "a JPEG that is cut or broken")


def _chunks(data: bytes, name: str) -> Iterator[tuple[bytes, memoryview]]:
    at = len(_PNG)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">L4s", data, at)
        body = memoryview(data)[at + 8 : at + 8 + length]
        check = data[at + 8 + length : at + 12 + length]
        if len(check) < 4 or int.from_bytes(check, "big") != zlib.crc32(body, zlib.crc32(kind)):
            raise corrupt(name, "PNG 已截断或校验不符", "a PNG that is cut, or a wrong check sum")
        yield kind, body
        at += 12 + length
        if kind == b"IEND":
            _check_end(data, at, name)
            return
    raise corrupt(name, "PNG 不完整", "a PNG without its end")


def _check_inside(kind: bytes, body: memoryview) -> None:
    """Compressed words beside the picture. Raises TooMuch, Broken."""
    head, _, rest = bytes(body).partition(b"\0")
    packed = rest[1:] if kind != b"iTXt" else rest[2:].split(b"\0", 2)[-1] if rest[:1] == b"\1" else b""
    if len(head) > 79:
        raise Broken("a keyword that is too long")
    for _ in within(inflated([packed]), _INSIDE, Budget(_INSIDE)):
        pass


def _raw_size(data: bytes, name: str) -> int:
    """Bytes of the picture before compression. Interlaced ones have some more lines, which is counted exactly."""
    width, height, depth, colour, method, filtering, interlaced = struct.unpack_from(">2L5B", data, len(_PNG) + 8)
    _check_size(width, height, name)
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or method or filtering or interlaced > 1:
        raise corrupt(name, "PNG 头有误", "a PNG with a head that cannot be")
    bits = depth * _CHANNELS[colour]
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in steps] if interlaced else []
    return sum(h * (1 + -(-w * bits // 8)) for w, h in sizes or [(width, height)] if w > 0 and h > 0)


def _check_frame(segment: bytes, marker: int, name: str) -> None:
    if len(segment) < 8 or marker not in _FRAMES:
        raise corrupt(name, "JPEG 的编码方式不支持", "a JPEG of a kind that few can read")
    height, width = struct.unpack_from(">2H", segment, 3)
    _check_size(width, height, name)


def _check_size(width: int, height: int, name: str) -> None:
    if not width or not height:
        raise corrupt(name, "图像尺寸为零", "a picture without size")
    if max(width, height) > SIDE or width * height > PIXELS:
        raise bomb(name, f"图像 {width}×{height} 像素", f"a picture of {width}×{height} pixels")


def _check_end(data: bytes, at: int, name: str) -> None:
    if at != len(data):
        raise _behind(name, len(data) - at)


def _behind(name: str, size: int) -> AttachmentRefused:
    return refused("ATT_POLYGLOT", name, f"图像之后还有 {size} 字节", f"{size} bytes behind the picture")
