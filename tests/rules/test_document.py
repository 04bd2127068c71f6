"""docs/rules.md is what `python -m srcad.rules.document` makes of the registry.

Names that only another version of NumPy, Python or SciPy has are not compared, unless the page is of this very version.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
ADVICE = "run python -m srcad.rules.document > docs/rules.md"


def rules(page: str) -> dict[str, str]:
    """Name of a function → its row without the names."""
    table = page.partition("## Piecewise constant")[0]
    found = {}
    for names, rest in re.findall(r"^\| (`[^|]*`) \|(.*)$", table, re.MULTILINE):
        found |= {name: rest for name in re.findall(r"`([^`]+)`", names)}
    return found


def versions(page: str) -> str:
    return re.search(r"\((NumPy .*)\)", page)[1]


def test_the_page_is_up_to_date():
    made = subprocess.run([sys.executable, "-W", "ignore", "-m", "srcad.rules.document"], capture_output=True,
                          text=True, check=True, timeout=120).stdout
    written = PAGE.read_text()
    now, then = rules(made), rules(written)
    assert len(then) > 300
    changed = [name for name in now.keys() & then.keys() if now[name] != then[name]]
    assert not changed, f"{', '.join(sorted(changed))}: {ADVICE}"
    if versions(made) == versions(written):
        missing = [name for name in now.keys() - then.keys() if not name.startswith("scipy.")]
        gone = [name for name in then.keys() - now.keys() if not name.startswith("scipy.")]
        assert not missing, f"{', '.join(sorted(missing))}: {ADVICE}"
        assert not gone, f"{', '.join(sorted(gone))}: {ADVICE}"
