"""Fetch what pages load from npm and lay it out in `static/vendor`. Run by `make assets`; nothing else needs Node.

The versions are pinned in package-lock.json; htmx comes with django-htmx, which is pinned with the Python packages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
VENDOR = HERE.parent / "static" / "vendor"
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "echarts/dist/echarts.common.min.js": "echarts.min.js",
}
HTMX = "static/django_htmx/htmx-2.min.js"  # major 2: what our pages are tested with


def build() -> None:
    """Fill `static/vendor` anew. SystemExit with a sentence: no npm, or npm failed."""
    _install()
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for source, target in FILES.items():
        shutil.copyfile(MODULES / source, fresh / target)
    shutil.copyfile(_htmx(), fresh / "htmx.min.js")
    (fresh / "LICENSES.txt").write_text("\n".join(_licences()), "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("没有找到 npm；请运行 make assets（它会把 npm 装进虚拟环境），或先安装 Node.js。")
    done = subprocess.run(
        [npm, "ci", "--loglevel=error"], cwd=HERE, env=os.environ, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        raise SystemExit("npm ci 没有成功（原因见上）；请检查网络或 npm 镜像设置后重试。")


def _htmx() -> Path:
    spec = find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise SystemExit("没有安装 django-htmx；请先运行 make install。")
    return Path(spec.origin).parent / HTMX


def _licences() -> Iterator[str]:
    """Whose work the files are: each package's own word."""
    for folder in sorted({Path(*Path(f).parts[: 2 if f[0] == "@" else 1]) for f in FILES}):
        yield f"===== {folder}"
        texts = [p for p in sorted((MODULES / folder).iterdir()) if p.name.startswith(("LICENSE", "NOTICE"))]
        yield "\n".join(p.read_text("utf-8") for p in texts) or _stated(MODULES / folder)


def _stated(package: Path) -> str:
    about = json.loads((package / "package.json").read_text("utf-8"))
    return f"{about['name']} {about['version']}: {about['license']}, {about.get('homepage', '')}"


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    build()
