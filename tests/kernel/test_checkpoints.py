from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel.checkpoints import ED25519, SM2, Checkpoint, Signature, Verifier, parse, signed, verifier

ROOT = hashlib.sha256(b"").digest()
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(
    lambda t: t.strip()
)


def test_a_checkpoint_is_written_as_the_form_says() -> None:
    note = signed(Checkpoint("example.cn/log", 0, ROOT), [Signature("example.cn/log", b"abcd", b"signature")])
    assert note == (
        "example.cn/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
        f"— example.cn/log {base64.b64encode(b'abcdsignature').decode()}\n"
    )


@given(LINES, st.integers(0, 2**63), st.binary(min_size=32, max_size=32), st.lists(LINES, max_size=3))
def test_what_is_written_is_read_again(origin: str, size: int, root: bytes, further: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(further))
    signature = Signature("名称", b"1234", b"s")
    assert parse(signed(checkpoint, [signature])) == (checkpoint, [signature])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "a\n1\nAA==\n",
        "a\n01\nAA==\n\n",
        "a\n-1\nAA==\n\n",
        "a\n1\nnot base64\n\n",
        "\n1\nAA==\n\n",
        "a\n1\nAA==\n\nno dash\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(ValueError):
        parse(note)


def test_a_line_that_would_forge_another_is_refused() -> None:
    with pytest.raises(ValueError, match="single lines"):
        signed(Checkpoint("a", 1, ROOT, ("x\n\n— b AAAA",)), [])


@pytest.mark.parametrize("type", [ED25519, SM2])
def test_a_verifier_key_is_read_as_written_and_a_changed_one_refused(type: bytes) -> None:
    key = Verifier("example.cn/log", type, b"k" * 32)
    assert verifier(str(key)) == key
    with pytest.raises(ValueError):
        verifier(str(key).replace("example", "exemple"))


def test_an_ed25519_key_id_is_that_of_the_form_s_published_example() -> None:
    """The verifier key that golang.org/x/mod/sumdb/note documents."""
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert str(verifier(text)) == text
