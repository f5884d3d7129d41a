"""SM2 and SM3 against the standards' own examples, and the two backends against each other."""

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing import sm2
from signing.sm2 import IDENTITY, PrivateKey, PublicKey, load_private_key
from signing.sm2_curve import BASE, INFINITY, A, B, N, P, add, affine, decode, encode, multiply, table
from signing.sm2_libcrypto import EXAMPLE_KEY, EXAMPLE_MESSAGE, EXAMPLE_VALUE, load
from signing.sm2_python import PurePython
from signing.sm3 import sm3
from tests.signing.handmade import make_sm2_pair, needs_openssl, openssl_accepts, openssl_signs

SCALAR = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")  # GB/T 32918.5, A.2
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
BACKENDS = [each for each in (load(), PurePython()) if each]
needs_both = pytest.mark.skipif(len(BACKENDS) < 2, reason="no libcrypto 3 with SM2 here (Debian: libssl3)")


@pytest.fixture(params=BACKENDS, ids=lambda each: each.name)
def backend(request):
    return request.param


def test_sm3_of_the_standard():
    """GB/T 32905, A.1 and A.2."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_signature_of_the_standard(backend):
    assert backend.point(SCALAR) == EXAMPLE_KEY
    verify = backend.verifier(EXAMPLE_KEY)
    assert verify(EXAMPLE_VALUE, EXAMPLE_MESSAGE, IDENTITY)
    assert not verify(EXAMPLE_VALUE, EXAMPLE_MESSAGE, b"") and not verify(EXAMPLE_VALUE, b"", IDENTITY)


def test_signing_of_the_standard():
    signing = PurePython(nonce=lambda: NONCE).signer(SCALAR, EXAMPLE_KEY)
    assert signing(EXAMPLE_MESSAGE, IDENTITY) == EXAMPLE_VALUE


COUNT = 2 * settings.default.max_examples  # thousands by `--hypothesis-profile=long`


@needs_both
def test_both_backends_agree_on_random_messages(capsys):
    """Each signs and the other verifies; each refuses what the other refuses. Twenty keys, made by both."""
    chance, agreed = random.Random(5), 0
    keys = [BACKENDS[number % 2].generate() for number in range(20)]
    points = [BACKENDS[0].point(key) for key in keys]
    assert points == [BACKENDS[1].point(key) for key in keys]
    for number in range(COUNT):
        scalar, point = keys[number % 20], points[number % 20]
        data = chance.randbytes(chance.choice((0, 1, 31, 32, 55, 56, 64, 300, 5000)))
        values = [each.signer(scalar, point)(data, IDENTITY) for each in BACKENDS]
        place = chance.randrange(64)
        values += [
            value[:place] + bytes([value[place] ^ 1 << chance.randrange(8)]) + value[place + 1 :] for value in values
        ]
        verdicts = [[each.verifier(point)(value, data, IDENTITY) for value in values] for each in BACKENDS]
        agreed += verdicts == [[True, True, False, False]] * 2
    with capsys.disabled():
        print(f"\nSM2 backends agree: {agreed}/{COUNT}")
    assert agreed == COUNT


PADDED = EXAMPLE_VALUE[:32] + b"\0" + EXAMPLE_VALUE[32:]  # the same two numbers
EDGES = [0, 1, N - 1, N, N + 1, 2**256 - 1]


@pytest.mark.parametrize("r", EDGES)
@pytest.mark.parametrize("s", EDGES)
def test_numbers_out_of_range_do_not_hold(backend, r, s):
    assert not backend.verifier(EXAMPLE_KEY)(r.to_bytes(32) + s.to_bytes(32), EXAMPLE_MESSAGE, IDENTITY)


@pytest.mark.parametrize(
    "value", [b"", EXAMPLE_VALUE[:63], EXAMPLE_VALUE + b"\0", b"\0" + EXAMPLE_VALUE, EXAMPLE_VALUE * 2, PADDED]
)
def test_a_value_has_64_bytes(backend, value):
    assert not backend.verifier(EXAMPLE_KEY)(value, EXAMPLE_MESSAGE, IDENTITY)


def test_numbers_have_one_form(monkeypatch):
    """Small r and s would fit into 32 bytes with n added as well. No message with such numbers is known: the hash is set."""
    verify, base, key = PurePython().verifier(EXAMPLE_KEY), table(BASE), table(decode(EXAMPLE_KEY))

    def hold(r, s):
        found = affine(add(multiply(base, s), multiply(key, (r + s) % N)))
        monkeypatch.setattr("signing.sm2_python._digest", lambda *_: (r - found[0]) % N)
        return verify((r).to_bytes(32) + s.to_bytes(32), b"", b"")

    assert hold(5, 7)
    assert not verify((5 + N).to_bytes(32) + (7).to_bytes(32), b"", b"")
    assert not verify((5).to_bytes(32) + (7 + N).to_bytes(32), b"", b"")
    assert not hold(5, N - 5), "r + s = n: the key would take no part"


def test_coordinates_have_one_form(backend):
    x = next(x for x in range(1, 99) if pow(x**3 + A * x + B, (P - 1) // 2, P) == 1)
    y = pow(x**3 + A * x + B, (P + 1) // 4, P)
    assert backend.verifier(encode(x, y))
    with pytest.raises(ValueError, match="SM2"):
        backend.verifier(encode(x + P, y))


def test_r_or_s_shifted_by_the_order_does_not_hold(backend):
    """The same numbers modulo n in another form would be a second value for one message."""
    r, s = int.from_bytes(EXAMPLE_VALUE[:32]), int.from_bytes(EXAMPLE_VALUE[32:])
    for other in ((r + N, s), (r, s + N), (N - r, s), (r, N - s)):
        if max(other) < 2**256:
            value = other[0].to_bytes(32) + other[1].to_bytes(32)
            assert not backend.verifier(EXAMPLE_KEY)(value, EXAMPLE_MESSAGE, IDENTITY)


@pytest.mark.parametrize(
    "point",
    [b"", b"\x04" + bytes(64), EXAMPLE_KEY[:-1], EXAMPLE_KEY + b"\0", b"\x02" + EXAMPLE_KEY[1:33], b"\x00",
     EXAMPLE_KEY[:-1] + b"\x14", encode(*BASE[:2])[:33] + (P + 1).to_bytes(32)],
)  # fmt: skip
def test_what_is_no_point_is_no_key(backend, point):
    with pytest.raises(ValueError, match="SM2"):
        backend.verifier(point)
    with pytest.raises(ValueError, match="SM2"):
        PublicKey(point)


@pytest.mark.parametrize("scalar", [bytes(32), (N - 1).to_bytes(32), N.to_bytes(32), b"\xff" * 32, b"\1", b"\1" * 33])
def test_a_scalar_out_of_range_is_no_key(scalar):
    with pytest.raises(ValueError, match="SM2"):
        PrivateKey(scalar)


@given(st.integers(0, N - 1), st.integers(0, N - 1))
@settings(max_examples=40, deadline=None)
def test_points_add_as_numbers_do(one, other):
    base = table(BASE)
    left, right = multiply(base, one), multiply(base, other)
    assert affine(add(left, right)) == affine(multiply(base, (one + other) % N))
    assert affine(add(left, INFINITY)) == affine(left) and affine(add(left, left)) == affine(
        multiply(base, 2 * one % N)
    )
    assert affine(add(left, (left[0], -left[1] % P, left[2]))) is None


def test_the_order_is_the_order():
    assert affine(multiply(table(BASE), N)) is None and affine(multiply(table(BASE), 0)) is None
    assert affine(multiply(table(BASE), N - 1)) == (BASE[0], P - BASE[1])
    assert decode(encode(*BASE[:2])) == BASE


def test_a_nonce_that_must_not_be_used_is_passed_over():
    """r + k = n would show the key; zero is no nonce."""
    point, data = PurePython().point(SCALAR), b"x"
    nonces = iter([N, NONCE])  # k = n gives infinity
    value = PurePython(nonce=lambda: next(nonces)).signer(SCALAR, point)(data, IDENTITY)
    assert PurePython().verifier(point)(value, data, IDENTITY) and next(nonces, None) is None


def test_many_threads_share_a_key():
    key, bad = PrivateKey.generate(), []

    def work(number):
        for turn in range(50):
            data = f"{number} {turn}".encode()
            if not key.public_key().holds(key.sign(data), data):
                bad.append(data)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert not bad


def test_without_libcrypto_plain_python_does_the_work(monkeypatch):
    monkeypatch.setattr(sm2, "load", lambda: None)
    sm2.backend.cache_clear()
    sm2._verifier.cache_clear()
    try:
        assert sm2.backend().name == "python"
        key = PrivateKey.generate()
        assert key.public_key().holds(key.sign(b"a"), b"a") and not key.public_key().holds(key.sign(b"a"), b"b")
    finally:
        sm2.backend.cache_clear()
        sm2._verifier.cache_clear()


def test_a_library_that_is_missing_old_or_without_sm2_is_not_used(monkeypatch):
    import ctypes

    def missing(name):
        raise OSError(name)

    class Old:
        def __getattr__(self, name):
            function = lambda *_: 0x1010100F  # noqa: E731
            self.__dict__[name] = function
            return function

    class WithoutFunctions:
        pass

    for library in (missing, lambda _: Old(), lambda _: WithoutFunctions()):
        monkeypatch.setattr(ctypes, "CDLL", library)
        assert load.__wrapped__() is None


def test_a_key_shows_itself_nowhere():
    key = PrivateKey(SCALAR)
    assert SCALAR.hex() not in repr(key) + str(vars(key).keys()) and repr(SCALAR) not in repr(key)
    assert key.public_key() == PublicKey(EXAMPLE_KEY) != PrivateKey.generate().public_key()
    assert hash(key.public_key()) == hash(PublicKey(EXAMPLE_KEY)) and key.public_key() != EXAMPLE_KEY


@needs_openssl
def test_openssl_signs_and_we_verify_and_the_other_way_round(tmp_path):
    key, certificate = make_sm2_pair(tmp_path, "k")
    loaded = load_private_key(key.read_bytes(), None)
    for data in (b"", b"a", "中文".encode() * 500):
        assert loaded.public_key().holds(openssl_signs(key, data), data)
        for each in BACKENDS:
            scalar = loaded._scalar
            value = each.signer(scalar, each.point(scalar))(data, IDENTITY)
            assert openssl_accepts(certificate, value, data) and not openssl_accepts(certificate, value, data + b"b")
