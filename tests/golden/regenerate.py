"""Write the golden texts anew: ``python tests/golden/regenerate.py``; then look at the difference.

``python tests/golden/regenerate.py --corpus DIRECTORY`` writes the gradient of every program of the corpus into a
directory, one file each: done before and after a change, ``diff -r`` shows what the change does to generated source.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "texts"


def text(name: str) -> str:
    """The generated source for one function."""
    import srcad
    from golden.programs import SHOWN

    f, args, argnums, mode, options = SHOWN[name]
    derivative = getattr(srcad, mode)(f, argnums, **options)
    return derivative._variant(*derivative._calling.bind(args, {})).source


def regenerate() -> None:
    from golden.programs import SHOWN

    TEXTS.mkdir(exist_ok=True)
    for path in TEXTS.glob("*.txt"):
        path.unlink()
    for name in SHOWN:
        (TEXTS / f"{name}.txt").write_text(text(name), encoding="utf-8")


def corpus_source(directory: Path) -> None:
    import corpus  # noqa: F401  (registers the programs)
    from corpus.registry import PROGRAMS

    import srcad

    directory.mkdir(parents=True, exist_ok=True)
    for program in PROGRAMS:
        derivative = srcad.grad(program.function, program.argnums, disconnected="zeros")
        try:
            written = derivative._variant(*derivative._calling.bind(program.points[0], program.kwargs)).source
        except srcad.SrcadError as error:
            written = f"refused: {error.reason}\n"
        (directory / f"{program.name}.txt").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, metavar="DIRECTORY")
    options = parser.parse_args()
    regenerate() if options.corpus is None else corpus_source(options.corpus)
