"""SM2 signatures by the system's libcrypto 3 through ctypes (OpenSSL manual, EVP_PKEY-SM2(7) and EVP_DigestSignInit(3)).

The library is loaded by its versioned name and must first verify the standard's own example; where it is missing, too old
or built without SM2, `load` gives None and plain Python does the work. Keys are handed over as DER, never as pointers
between libraries: `cryptography` carries a libcrypto of its own.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p, create_string_buffer
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from signing.sm2_curve import BYTES, decode
from signing.sm2_forms import private_key_info, subject_public_key_info

_NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto-3-arm64.dll", "libcrypto-3.dll")
_OLDEST = 0x30000000
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "ERR_clear_error": (None, ()),
    "BN_bn2binpad": (c_int, (c_void_p, c_char_p, c_int)),
    "BN_clear_free": (None, (c_void_p,)),
    "EVP_sm3": (c_void_p, ()),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, POINTER(c_void_p))),
    "EVP_PKEY_get_bn_param": (c_int, (c_void_p, c_char_p, POINTER(c_void_p))),
    "EVP_PKEY_get_octet_string_param": (c_int, (c_void_p, c_char_p, c_char_p, c_size_t, POINTER(c_size_t))),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_DigestSignInit": (c_int, (c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
}
_POINT, _LONGEST_DER = 65, 80  # bytes; DER of two numbers of the curve has at most 72


class _Key:
    """An EVP_PKEY that is freed with this object."""

    def __init__(self, library: ctypes.CDLL, pointer: int | None) -> None:
        if not pointer:
            library.ERR_clear_error()
            raise ValueError("不是 SM2 密钥 (libcrypto reads no SM2 key from this)")
        self.pointer = pointer
        self._free = library.EVP_PKEY_free

    def __del__(self) -> None:
        if pointer := getattr(self, "pointer", None):
            self._free(pointer)


class Libcrypto:
    """A `sm2.Backend`. Keys may be used by many threads at once: each call has a context of its own."""

    name = "libcrypto"

    def __init__(self, library: ctypes.CDLL) -> None:
        self._do = library
        self._sm3 = library.EVP_sm3()

    def generate(self) -> bytes:
        context, pointer = self._do.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), c_void_p()
        try:
            _must(context and self._do.EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
            _must(self._do.EVP_PKEY_generate(context, byref(pointer)), "EVP_PKEY_generate")
        finally:
            self._do.EVP_PKEY_CTX_free(context)
        key, number, octets = _Key(self._do, pointer.value), c_void_p(), create_string_buffer(BYTES)
        _must(self._do.EVP_PKEY_get_bn_param(key.pointer, b"priv", byref(number)), "EVP_PKEY_get_bn_param")
        size = self._do.BN_bn2binpad(number, octets, BYTES)
        self._do.BN_clear_free(number)
        _must(size, "BN_bn2binpad")
        return octets.raw

    def point(self, scalar: bytes) -> bytes:
        key, octets, size = self._private(scalar, None), create_string_buffer(_POINT), c_size_t()
        read = self._do.EVP_PKEY_get_octet_string_param(key.pointer, b"pub", octets, _POINT, byref(size))
        _must(read and size.value == _POINT, "EVP_PKEY_get_octet_string_param")
        return octets.raw

    def signer(self, scalar: bytes, point: bytes) -> Callable[[bytes, bytes], bytes]:
        key = self._private(scalar, point)

        def sign(data: bytes, identity: bytes) -> bytes:
            with _Digest(self._do, self._do.EVP_DigestSignInit, self._sm3, key, identity) as context:
                der, size = create_string_buffer(_LONGEST_DER), c_size_t(_LONGEST_DER)
                _must(self._do.EVP_DigestSign(context, der, byref(size), data, len(data)), "EVP_DigestSign")
            r, s = decode_dss_signature(der.raw[: size.value])
            return r.to_bytes(BYTES) + s.to_bytes(BYTES)

        return sign

    def verifier(self, point: bytes) -> Callable[[bytes, bytes, bytes], bool]:
        decode(point)  # what is no point of the curve is told here, in the same words as in plain Python
        info = subject_public_key_info(point)
        key = _Key(self._do, self._do.d2i_PUBKEY(None, byref(c_char_p(info)), len(info)))

        def verify(value: bytes, data: bytes, identity: bytes) -> bool:
            if len(value) != 2 * BYTES:
                return False
            der = encode_dss_signature(int.from_bytes(value[:BYTES]), int.from_bytes(value[BYTES:]))
            with _Digest(self._do, self._do.EVP_DigestVerifyInit, self._sm3, key, identity) as context:
                return bool(self._do.EVP_DigestVerify(context, der, len(der), data, len(data)) == 1)

        return verify

    def _private(self, scalar: bytes, point: bytes | None) -> _Key:
        info = private_key_info(scalar, point)
        return _Key(self._do, self._do.d2i_AutoPrivateKey(None, byref(c_char_p(info)), len(info)))


class _Digest:
    """A context made ready for one signature, with its distinguishing id."""

    def __init__(self, do: ctypes.CDLL, init: Any, algorithm: int, key: _Key, identity: bytes) -> None:
        self._do, self._context, of_key = do, do.EVP_MD_CTX_new(), c_void_p()
        begun = self._context and init(self._context, byref(of_key), algorithm, None, key.pointer) == 1
        if not begun or do.EVP_PKEY_CTX_set1_id(of_key, identity, len(identity)) != 1:
            self.__exit__()
            raise RuntimeError("libcrypto: EVP_DigestSignInit")

    def __enter__(self) -> int:
        return int(self._context)

    def __exit__(self, *_: object) -> None:
        self._do.EVP_MD_CTX_free(self._context)
        self._do.ERR_clear_error()


def _must(done: object, what: str) -> None:
    if done not in (1, True, BYTES):
        raise RuntimeError(f"libcrypto: {what}")


# GB/T 32918.5-2017, A.2: public key, message and signature of the standard's example.
EXAMPLE_KEY = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
EXAMPLE_MESSAGE, EXAMPLE_IDENTITY = b"message digest", b"1234567812345678"
EXAMPLE_VALUE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


@cache
def load() -> Libcrypto | None:
    """The system's libcrypto where it is new enough and does SM2."""
    for name in _NAMES:
        try:
            found = Libcrypto(_declared(ctypes.CDLL(name)))
            if found.verifier(EXAMPLE_KEY)(EXAMPLE_VALUE, EXAMPLE_MESSAGE, EXAMPLE_IDENTITY):
                return found
        except (OSError, AttributeError, ValueError, RuntimeError):
            continue  # not here, a function is missing, or it knows no such curve
    return None


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.OpenSSL_version_num() < _OLDEST:
        raise OSError("libcrypto is older than 3.0")
    return library
