"""Programs that are loaded anew, as another process would, with a disk cache of their own."""

from __future__ import annotations

import importlib.util
import itertools
import linecache
import os
import sys
import textwrap
from pathlib import Path

import pytest

import srcad.compile
from srcad.diskcache import environment
from srcad.rules import registry

_time = itertools.count(1_000_000_000, 10)


class Cache:
    """A cache directory, the programs that use it, and how often anything was compiled."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.programs, self.monkeypatch = root / "cache", root / "programs", monkeypatch
        self.programs.mkdir()
        self.compiled = 0
        self.surroundings = "these"
        monkeypatch.setenv("SRCAD_CACHE", "1")
        monkeypatch.setenv("SRCAD_CACHE_DIR", str(self.root))
        monkeypatch.setattr(environment, "fingerprint", lambda again=False: self.surroundings)
        monkeypatch.setattr(registry, "users", [])               # other tests have registered rules
        monkeypatch.setattr(environment, "_rules", (-1, ""))
        compile_variant = srcad.compile.compile_variant

        def counted(*args, **kwargs):
            self.compiled += 1
            return compile_variant(*args, **kwargs)

        monkeypatch.setattr(srcad.compile, "compile_variant", counted)

    def load(self, text: str, name: str = "program", place: str = ""):
        """A module of this text, made anew."""
        path = self.programs / place / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("import math\nimport numpy as np\nimport srcad\nfrom srcad import *\n" + textwrap.dedent(text))
        when = next(_time)
        os.utime(path, (when, when))
        linecache.checkcache(str(path))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        sys.path_importer_cache.clear()
        spec.loader.exec_module(module)
        return module

    def compiles(self, call) -> tuple:
        """(what a call gives, how often something was compiled meanwhile)"""
        before = self.compiled
        return call(), self.compiled - before

    def files(self) -> list[Path]:
        """The texts on the disk."""
        return sorted(self.root.rglob("*.py"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty disk cache that is turned on."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Cache(tmp_path, monkeypatch)
    for name in set(sys.modules) - before:
        if not name.startswith(("srcad", "numpy", "scipy", "numba", "llvmlite")):
            del sys.modules[name]
