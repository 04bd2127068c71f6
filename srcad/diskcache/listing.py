"""What is in the disk cache, for people: behind ``srcad cache``."""

from __future__ import annotations

import time
from pathlib import Path

from srcad.diskcache import files, parsed


def listing(root: str) -> list[str]:
    """A line per text, the newest first: when it was written, its size, whose derivative it is, for which kinds."""
    lines = []
    for path, about in sorted(files.entries(root), key=lambda entry: -entry[1].st_mtime):
        if not path.endswith(".py"):
            continue
        contents = files.read(path)
        read = None if contents is None else parsed(contents)
        said = f"{read[0]['what']} of {read[0]['of']} for ({', '.join(read[0]['kinds'])})" if read else "not readable"
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(about.st_mtime))
        lines.append(f"{when}  {about.st_size:7}  {Path(path).name[:12]}  {said}")
    return lines
