"""What does a change do to generated source? The whole corpus, and the kernels, with srcad as it is and as it was.

Run ``python benchmarks/textdiff.py BASE`` with any revision of git. The same functions are differentiated by both versions of
srcad, each in a process of its own; ``--full`` prints the differences, ``--only NAME`` those of some functions.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
WORKER = r"""
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2] + "/tests", sys.argv[2] + "/benchmarks"]
import corpus
import srcad
from corpus.registry import PROGRAMS
from golden.programs import SHOWN

cases = [(p.name, "grad", p.function, p.argnums, p.points[0], p.kwargs, {}) for p in PROGRAMS]
cases += [(f"golden.{n}", mode, f, argnums, args, {}, options) for n, (f, args, argnums, mode, options) in SHOWN.items()]
texts = {}
for name, mode, f, argnums, args, kwargs, options in cases:
    try:
        options = options if mode == "tangent" or mode == "adjoint" else {"disconnected": "zeros"} | options
        derivative = getattr(srcad, mode)(f, argnums, **options)
        texts[name] = derivative._variant(*derivative._calling.bind(args, kwargs)).source
    except Exception as error:
        texts[name] = f"{type(error).__name__}: {getattr(error, 'reason', error)}\n"
json.dump(texts, sys.stdout)
"""


def texts(package: Path) -> dict[str, str] | str:
    """The generated source of every function, by the srcad in a directory; or why it does not run."""
    done = subprocess.run([sys.executable, "-c", WORKER, str(package), str(HERE)], capture_output=True, text=True, check=False,
                          env={**os.environ, "SRCAD_CACHE": "0"})
    if done.returncode:
        return done.stderr[-2000:]
    return json.loads(done.stdout)


def unpacked(base: str, directory: str) -> Path | None:
    """The package as it was in a revision, or None if there is no such revision."""
    archive = Path(directory) / "base.tar"
    try:
        subprocess.run(["git", "-C", str(HERE), "archive", "-o", str(archive), base, "srcad"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    with tarfile.open(archive) as packed:
        packed.extractall(directory, filter="data")
    return Path(directory)


def differences(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    """A unified difference for each function whose text is another."""
    return {name: list(difflib.unified_diff(before.get(name, "").splitlines(), after.get(name, "").splitlines(), "before",
                                            "after", lineterm="", n=2))
            for name in sorted({*before, *after}) if before.get(name) != after.get(name)}


def summary(found: dict[str, list[str]], count: int) -> str:
    """How many texts are others, and what it comes to in lines."""
    added = {name: sum(line[:1] == "+" for line in lines[2:]) for name, lines in found.items()}
    gone = {name: sum(line[:1] == "-" for line in lines[2:]) for name, lines in found.items()}
    rows = [f"{len(found)} of {count} texts differ: {sum(added.values())} lines more, {sum(gone.values())} less"]
    rows += [f"  {name}: +{added[name]} -{gone[name]}" for name in sorted(found, key=lambda n: (-added[n] - gone[n], n))[:40]]
    return "\n".join([*rows, *(["  ..."] if len(found) > 40 else [])])


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="the revision to compare with")
    parser.add_argument("--full", action="store_true", help="print the differences")
    parser.add_argument("--only", default="", help="only functions whose name contains this")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as directory:
        place = unpacked(options.base, directory)
        if place is None:
            print(f"there is no revision {options.base}: nothing to compare with")
            return
        before, after = texts(place), texts(HERE)
    if isinstance(after, str):
        raise SystemExit(f"srcad cannot be run:\n{after}")
    if isinstance(before, str):
        print(f"srcad as of {options.base} cannot be run on these functions:\n{before}")
        return
    chosen = {name for name in {*before, *after} if options.only in name}
    found = {name: lines for name, lines in differences(before, after).items() if name in chosen}
    print(summary(found, len(chosen)))
    if options.full:
        for name, lines in found.items():
            print("\n".join(["", f"== {name}", *lines[2:]]))


if __name__ == "__main__":
    main()
