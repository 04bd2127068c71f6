"""The directory of the disk cache, and what is safe in it.

Files are executed, so nobody else may be able to write them: the directory, and what it is in, must be ours (or root's) and
closed to others' writing, and so must each file be. A file is written beside its place and moved there, so that no other
process ever reads half of one. The oldest files go when there is too much.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import time
import warnings
from collections.abc import Iterator

from srcad.errors import CacheWarning

#: Of texts that later versions write otherwise.
FORMAT = 2
#: How much the cache may hold, in megabytes; SRCAD_CACHE_LIMIT changes it.
LIMIT = 64.0
#: How many texts are kept for the same question: of closures over other values, say.
MOST_CANDIDATES = 16
_LARGEST_FILE = 1 << 23
#: A text that is found again is no older than this, in seconds.
_FRESH = 86400.0
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_warned: set[str] = set()
_sound_above: set[str] = set()
_written = 0


def directory() -> str | None:
    """The directory of the cache, or None if it is turned off."""
    if os.environ.get("SRCAD_CACHE", "1").strip().lower() in ("0", "off", "no", "false"):
        return None
    given = os.environ.get("SRCAD_CACHE_DIR")
    return os.path.abspath(given) if given else _default()


@functools.cache
def _default() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("srcad")


def is_ours(path: str, above: bool = False) -> bool:
    """Is this directory one that nobody else can write to? `above`: or rename what is in it."""
    if not hasattr(os, "getuid"):
        return True
    try:
        about = os.stat(path, follow_symlinks=above)
    except OSError:
        return False
    if not stat.S_ISDIR(about.st_mode):
        return False
    if above:
        return about.st_uid in (0, os.getuid()) and not (
            about.st_mode & stat.S_IWOTH and not about.st_mode & stat.S_ISVTX)
    return about.st_uid == os.getuid() and not about.st_mode & _OTHERS_MAY_WRITE


def usable(root: str, create: bool) -> bool:
    """May the cache in this directory be used? Warns, once, if others could write to it."""
    if not os.path.isdir(root):
        if not create:
            return False
        try:
            os.makedirs(root, 0o700, exist_ok=True)
        except OSError:
            return False
    # A path through a link is as safe as the places it leads to.
    real = os.path.realpath(root)
    if is_ours(real) and (real in _sound_above or all(is_ours(place, above=True) for place in _above(real))):
        _sound_above.add(real)
        return True
    if root not in _warned:
        _warned.add(root)
        warnings.warn(f"others can write to {root}, so srcad does not use it as a cache: make it yours alone "
                      f"(chmod 700), set SRCAD_CACHE_DIR to another directory, or SRCAD_CACHE=0", CacheWarning, stacklevel=3)
    return False


def _above(path: str) -> Iterator[str]:
    """The directories that a directory is in."""
    while (above := os.path.dirname(path)) != path:
        yield above
        path = above


def _shelf(root: str, key: str) -> str:
    return os.path.join(root, f"v{FORMAT}", key[:2])


def candidates(root: str, key: str) -> list[str]:
    """The files that may answer a question, the newest first."""
    shelf = _shelf(root, key)
    try:
        names = [name for name in os.listdir(shelf) if name.startswith(key) and name.endswith(".py")]
    except OSError:
        return []
    if not names or not is_ours(shelf) or not is_ours(os.path.dirname(shelf)):
        return []
    paths = [os.path.join(shelf, name) for name in names]
    return paths if len(paths) < 2 else sorted(paths, key=_age)


def _age(path: str) -> float:
    try:
        return -os.stat(path).st_mtime
    except OSError:
        return 0.0


def read(path: str) -> bytes | None:
    """The contents of a file, if it is one that only we could have written."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with open(handle, "rb", closefd=True, buffering=0) as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST_FILE:
            return None
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & _OTHERS_MAY_WRITE):
            return None
        try:
            return file.read()
        except OSError:
            return None


def write(root: str, key: str, name: str, contents: bytes) -> None:
    """Put a file there, whole or not at all; errors of the file system mean that it is not kept."""
    global _written
    shelf = _shelf(root, key)
    partial = os.path.join(shelf, f"{name}.{os.getpid()}.{id(contents):x}.partial")
    with contextlib.suppress(OSError):
        if not os.path.isdir(shelf):
            for place in (os.path.dirname(shelf), shelf):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(place, 0o700)
        if not is_ours(shelf) or not is_ours(os.path.dirname(shelf)):
            return
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with open(handle, "wb") as file:
                file.write(contents)
            os.replace(partial, os.path.join(shelf, name))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise
        for old in candidates(root, key)[MOST_CANDIDATES:]:
            os.unlink(old)
        _written += 1
        if _written % 32 == 1:
            _forget_oldest(root)


def kept(root: str, key: str, name: str, contents: bytes) -> str | None:
    """The path of a file with these contents, written unless it is there; None if that cannot be."""
    path = os.path.join(_shelf(root, key), name)
    if read(path) != contents:
        write(root, key, name, contents)
    return path if read(path) == contents else None


def entries(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every file of the cache, those of other versions and half-written ones too."""
    for place, _, names in os.walk(root):
        if place == root or not os.path.basename(os.path.relpath(place, root).split(os.sep)[0]).startswith("v"):
            continue
        for name in names:
            if name.endswith((".py", ".partial", ".numba", ".nbi", ".nbc")):
                path = os.path.join(place, name)
                with contextlib.suppress(OSError):
                    yield path, os.stat(path, follow_symlinks=False)


def _limit() -> float:
    try:
        return float(os.environ.get("SRCAD_CACHE_LIMIT", LIMIT)) * 1e6
    except ValueError:
        return LIMIT * 1e6


def _forget_oldest(root: str) -> None:
    """Delete the oldest files until four fifths of the limit are left."""
    found = sorted(entries(root), key=lambda e: e[1].st_mtime)
    total = sum(about.st_size for _, about in found)
    limit = _limit()
    if total <= limit:
        return
    for path, about in found:
        with contextlib.suppress(OSError):
            os.unlink(path)
            total -= about.st_size
        if total <= 0.8 * limit:
            break


def clear(root: str) -> int:
    """Delete all that srcad has put there; how many texts that was."""
    import shutil  # which loads the compressors of archives

    count = sum(path.endswith(".py") for path, _ in entries(root))
    with contextlib.suppress(OSError):
        for name in os.listdir(root):
            if name.startswith("v") and name[1:].isdigit():
                shutil.rmtree(os.path.join(root, name), ignore_errors=True)
    return count


def stamp(path: str) -> None:
    """A text that is used is not old."""
    with contextlib.suppress(OSError):
        if time.time() - os.stat(path).st_mtime > _FRESH:
            os.utime(path)


