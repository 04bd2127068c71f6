"""The page that the benchmarks write: a table at its head, and sections that are written by themselves."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def parts_of(text: str) -> list[str]:
    """The head of the page and its sections, each from its heading on."""
    head, *sections = text.split("\n## ")
    return [head.rstrip("\n") + "\n", *("## " + section.rstrip("\n") + "\n" for section in sections)]


def write_head(text: str) -> None:
    """Replace what stands before the first section."""
    _, *sections = parts_of(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text("\n".join([text.rstrip("\n") + "\n", *sections]), encoding="utf-8")


def write_section(title: str, text: str) -> None:
    """Replace the section of this title, or put it at the end."""
    parts = parts_of(PAGE.read_text(encoding="utf-8"))
    new = f"## {title}\n\n{text.rstrip()}\n"
    old = [k for k, part in enumerate(parts) if part.startswith(f"## {title}\n")]
    parts[old[0] if old else len(parts):(old[0] + 1) if old else len(parts)] = [new]
    PAGE.write_text("\n".join(parts), encoding="utf-8")
