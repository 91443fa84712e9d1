"""python -m sampledistrict --out DIR --subjects N --seed S"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sampledistrict import generate


def main() -> None:
    parser = argparse.ArgumentParser(prog="sampledistrict", description="生成虚构的示例区数据")
    parser.add_argument("--out", type=Path, required=True, help="输出目录")
    parser.add_argument("--subjects", type=int, default=20_000, help="主体数")
    parser.add_argument("--seed", type=int, default=1, help="种子；相同的参数得到相同的文件")
    args = parser.parse_args()
    summary = generate(args.out, subjects=args.subjects, seed=args.seed)
    sys.stdout.write(f"主体 {summary.subjects}，文件 {summary.files}（应退回 {summary.refused_files}），")
    sys.stdout.write(f"行 {summary.rows}\n")
    for fate, count in sorted(summary.fates.items()):
        sys.stdout.write(f"  {fate:10} {count}\n")


if __name__ == "__main__":
    main()
