"""How far two floats are apart, counted in representable doubles."""

import math
import struct

_SIGN_BIT = 1 << 63


def _position(value: float) -> int:
    """Place a double on the integer line in which neighbours differ by one and both zeros are 0."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return bits if bits >= 0 else -(bits + _SIGN_BIT)


def ulp_distance(a: float, b: float) -> int:
    """Count the steps from one double to the other, across zero too.

    Two NaN are 0 apart whatever their payload; a NaN is further from every number than any two numbers are from
    each other.
    """
    if math.isnan(a) or math.isnan(b):
        return 0 if math.isnan(a) and math.isnan(b) else _SIGN_BIT << 1
    return abs(_position(a) - _position(b))
