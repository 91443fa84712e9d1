"""A stand-in for a hardware module: the two methods of `foundation.signing.Signer`."""

from __future__ import annotations

from datetime import UTC, datetime

from xinyong.foundation.signing import PublicKey, Signature


class Module:
    def sign(self, data: bytes) -> list[Signature]:
        return [Signature(a, "hardware-1", b"signed") for a in ("Ed25519", "SM2-SM3")]

    def public_keys(self) -> list[PublicKey]:
        return [PublicKey("hardware-1", "Ed25519", b"\0" * 32, datetime(2026, 1, 1, tzinfo=UTC))]
