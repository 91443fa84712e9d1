"""`python -m xinyong.catalog.manifest`: write the SHA-256 of every shipped file into edition.yaml.

Run by a developer after changing the shipped edition, never by an installation. Checks everything first.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from xinyong.catalog.editions import EDITION, SHIPPED, read_edition
from xinyong.catalog.loading import load_rulebook

_SUFFIXES = {".yaml", ".json", ".csv"}


def file_digests(root: Path = SHIPPED) -> dict[str, str]:
    """SHA-256 by relative path of every data file under `root`, edition.yaml itself left out."""
    paths = (p for p in sorted(root.rglob("*")) if p.suffix in _SUFFIXES and p != root / EDITION)
    return {p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def refresh(root: Path = SHIPPED) -> None:
    """Rewrite the manifest of `root`; refused, and the old one put back, when the edition does not load."""
    path = root / EDITION
    before, edition = path.read_text("utf-8"), read_edition(root)
    lines = [f'edition: "{edition.id}"', f"published: {edition.published}", "files:"]
    lines += [f"  {name}: {digest}" for name, digest in file_digests(root).items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    try:
        load_rulebook(shipped=root, check_all=True)
    except BaseException:
        path.write_text(before, "utf-8")
        raise


if __name__ == "__main__":
    refresh()
    sys.stdout.write("清单已更新。\n")
