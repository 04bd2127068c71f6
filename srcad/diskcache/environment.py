"""What every generated text depends on, whatever it is the derivative of.

srcad's own files and those of gast and astunparse are told apart by name, size and the times of their last change: reading
them all would take longer than most compilations. Files that are newer than this process are not what it runs, and then
nothing is cached on the disk.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time

import numpy as np

from srcad.diskcache import files
from srcad.diskcache.descriptions import Descriptions, digest, whole
from srcad.rules import registry

#: When srcad was imported.
STARTED = time.time_ns()
_PACKAGES = ("srcad", "gast", "astunparse")
_first: str | None = None
_loaded = 0
_rules: tuple[int, str] = (0, "")


def fingerprint(again: bool = False) -> str | None:
    """The digest of Python, NumPy, srcad, gast and astunparse, or None if it is not sure what this process runs.

    Parameters
    ----------
    again : bool
        Look at the files once more, if more of them have been loaded: they may have changed since.
    """
    global _first, _loaded
    count = sum(name.startswith(_PACKAGES) for name in sys.modules) if again else _loaded
    if _first is None or count != _loaded:
        _loaded = count
        listed = _listed()
        found = "" if listed is None else digest((sys.version, sys.implementation.cache_tag, sys.flags.optimize, np.__version__,
                                                  listed))
        if _first is None or found != _first:
            _first = found if _first is None else ""
    return _first or None


def _listed() -> tuple | None:
    """Name, size and times of every file, or None if one is newer than this process."""
    out: list = []
    for package in _PACKAGES:
        module = sys.modules.get(package)
        spec = module.__spec__ if module is not None else importlib.util.find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        if not places:
            return None
        while places:
            place = places.pop()
            out.append(place)
            try:
                with os.scandir(place) as entries:
                    for entry in entries:
                        name = entry.name
                        if name.endswith(".py"):
                            about = entry.stat()
                            changed = max(about.st_mtime_ns, about.st_ctime_ns if os.name != "nt" else 0)
                            if changed > STARTED:
                                return None
                            out.append((name, about.st_size, about.st_mtime_ns, changed))
                        elif "." not in name and name != "__pycache__" and entry.is_dir():
                            places.append(entry.path)
            except OSError:
                return None
    return tuple(sorted(map(repr, out)))


def users_rules() -> str:
    """The digest of the rules that users have registered.

    Raises
    ------
    Unstable
        If one of them reads what has no description.
    """
    global _rules
    if _rules[0] != registry.generation:
        descriptions = Descriptions()
        described = tuple(
            (descriptions.of(fn), tuple(
                (name, whole(value, descriptions) if callable(value) else repr(value)) for name, value in changes.items()
                if name != "calls"))
            for fn, changes in registry.users)
        _rules = registry.generation, digest(described) if described else ""
    return _rules[1]


if files.directory() is not None:
    fingerprint()                         # what this process runs is what is there now
