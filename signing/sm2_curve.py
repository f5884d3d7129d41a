"""The curve of SM2 in plain Python: multiplication of points by tables (GB/T 32918.5-2017, the recommended curve).

Every multiplication does the same 64 additions with the same formula, whatever the number: the formula is complete
(Renes, Costello, Batina 2015, algorithm 4, for a = -3), so neither infinity nor doubling is a case of its own. That is a
constant structure, not constant time: Python's integers are not, and whoever shares the machine's caches may learn from
them. The backend of choice is libcrypto; this one is for where there is none.
"""

from __future__ import annotations

from functools import lru_cache

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
BYTES = 32

Point = tuple[int, int, int]  # X : Y : Z, the point (X/Z, Y/Z); Z = 0 is infinity
Table = tuple[tuple[Point, ...], ...]  # [i][j] = j * 16**i * point
INFINITY: Point = (0, 1, 0)
BASE: Point = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
    1,
)


def add(one: Point, other: Point) -> Point:
    """The sum of any two points, the same or opposite or infinite."""
    x1, y1, z1 = one
    x2, y2, z2 = other
    xx, yy, zz = x1 * x2 % P, y1 * y2 % P, z1 * z2 % P
    xy, yz, xz = x1 * y2 + x2 * y1, y1 * z2 + y2 * z1, x1 * z2 + x2 * z1
    u = 3 * (xz - B * zz) % P
    v = 3 * (B * xz - 3 * zz - xx) % P
    w = 3 * (xx - zz)
    low, high = yy - u, yy + u
    return (high * xy - yz * v) % P, (high * low + w * v) % P, (low * yz + xy * w) % P


@lru_cache(maxsize=64)
def table(point: Point) -> Table:
    """All digits of a multiplication by this point, in base 16: made in 1,000 additions, kept for the keys in use."""
    rows = []
    for _ in range(2 * BYTES):
        row = [INFINITY]
        for _ in range(15):
            row.append(add(row[-1], point))
        rows.append(tuple(row))
        point = add(row[-1], point)
    return tuple(rows)


def multiply(rows: Table, number: int) -> Point:
    """The point of the table, this many times. 0 <= number < 2**256."""
    total = INFINITY
    for row in rows:
        total = add(total, row[number & 15])
        number >>= 4
    return total


def affine(point: Point) -> tuple[int, int] | None:
    """x and y; None for infinity."""
    x, y, z = point
    inverse = pow(z, P - 2, P)  # by Fermat: the same steps for every z
    return (x * inverse % P, y * inverse % P) if inverse else None


def decode(octets: bytes) -> Point:
    """A point from its uncompressed form `04 x y`. Raises ValueError for what is no point of the curve.

    The curve's order is prime, so every point on it but infinity is a fit public key (GB/T 32918.1, 6.2.1).
    """
    x, y = int.from_bytes(octets[1 : BYTES + 1]), int.from_bytes(octets[BYTES + 1 :])
    on_curve = (y * y - (x * x + A) * x - B) % P == 0
    if len(octets) != 2 * BYTES + 1 or octets[0] != 4 or max(x, y) >= P or not on_curve:
        raise ValueError("不是 SM2 曲线上的点 (not a point of the SM2 curve in uncompressed form)")
    return x, y, 1


def encode(x: int, y: int) -> bytes:
    return b"\x04" + x.to_bytes(BYTES) + y.to_bytes(BYTES)
