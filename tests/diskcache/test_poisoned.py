"""What is on the disk is not believed: each way in which a cache may be poisoned or broken."""

import os
import re
import stat
import subprocess
import sys
import threading
import warnings

import pytest

from srcad import grad
from srcad.diskcache import files
from srcad.errors import CacheWarning

TEXT = "def f(x):\n    return x * x * 3.0"


@pytest.fixture
def written(cache):
    """A cache with one text, and what it is the derivative of."""
    assert grad(cache.load(TEXT).f)(2.0) == 12.0
    (path,) = cache.files()
    return cache, path


def again(cache) -> tuple:
    return cache.compiles(lambda: grad(cache.load(TEXT).f)(2.0))


def test_file_truncated(written):
    cache, path = written
    contents = path.read_bytes()
    for length in (0, 1, 20, len(contents) // 2, len(contents) - 1):
        path.write_bytes(contents[:length])
        assert again(cache) == (12.0, 1)
        assert path.read_bytes() == contents          # written anew


def test_file_edited(written):
    cache, path = written
    contents = path.read_text()
    assert "def f_grad(x):" in contents
    path.write_text(contents.replace("def f_grad(x):", "def f_grad(x):\n    raise SystemExit"))
    assert again(cache) == (12.0, 1)
    path.write_text("raise SystemExit\n")
    assert again(cache) == (12.0, 1)
    path.write_bytes(b"\xff\xfe\x00")
    assert again(cache) == (12.0, 1)


def test_file_of_another_question_under_this_name(written):
    cache, path = written
    m = cache.load("def f(x):\n    return x * x * 3.0\ndef g(x):\n    return x * 5.0")
    assert grad(m.g)(2.0) == 5.0
    (other,) = (p for p in cache.files() if p != path)
    path.write_bytes(other.read_bytes())
    assert again(cache) == (12.0, 1)


def test_file_that_others_can_write(written):
    cache, path = written
    path.chmod(0o666)
    assert again(cache) == (12.0, 1)


def test_link(written, tmp_path):
    cache, path = written
    elsewhere = tmp_path / "elsewhere.py"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert again(cache) == (12.0, 1)


def test_directory_that_others_can_write(written):
    cache, _ = written
    cache.root.chmod(0o777)
    files._warned.clear()
    with pytest.warns(CacheWarning, match="others can write"):
        assert again(cache) == (12.0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert again(cache) == (12.0, 1)              # told once
    cache.root.chmod(0o700)
    assert again(cache) == (12.0, 0)


def test_shelf_that_others_can_write(written):
    cache, path = written
    path.parent.chmod(0o770)
    assert again(cache) == (12.0, 1)
    path.parent.chmod(0o700)
    path.parent.parent.chmod(0o707)
    assert again(cache) == (12.0, 1)


def test_directory_above_that_others_can_write(written, monkeypatch):
    cache, _ = written
    monkeypatch.setattr(files, "_sound_above", set())
    cache.root.parent.chmod(0o777)
    files._warned.clear()
    with pytest.warns(CacheWarning):
        assert again(cache) == (12.0, 1)
    cache.root.parent.chmod(0o1777)                   # where only the owner may rename, as in /tmp
    assert again(cache) == (12.0, 0)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no users")
def test_another_users_file_and_directory(written, monkeypatch):
    cache, path = written
    real = os.fstat

    def of_another(handle):
        about = list(real(handle))
        about[stat.ST_UID] = os.getuid() + 1
        return os.stat_result(about)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", of_another)
        assert files.read(str(path)) is None
    assert files.read(str(path)) is not None
    me = os.getuid()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: me + 1)
        files._warned.clear()
        with pytest.warns(CacheWarning):
            assert not files.usable(str(cache.root), create=True)


def test_created_for_us_alone(written):
    cache, path = written
    for place in (cache.root, path.parent.parent, path.parent):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_can_be_written(cache, monkeypatch):
    (cache.programs / "file").write_text("")
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(cache.programs / "file" / "below"))
    assert again(cache) == (12.0, 1)
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(cache.root))

    def full(*args):
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full)
    assert again(cache) == (12.0, 1)
    assert not list(cache.root.rglob("*.partial"))


def test_turned_off(cache, monkeypatch):
    monkeypatch.setenv("SRCAD_CACHE", "0")
    assert again(cache) == (12.0, 1)
    assert not cache.root.exists()


def test_oldest_out(cache, monkeypatch):
    monkeypatch.setenv("SRCAD_CACHE_LIMIT", "0.02")
    for k in range(70):
        m = cache.load(f"def f(x):\n    return x * x * {k}.0")
        grad(m.f)(2.0)
        for n, path in enumerate(sorted(cache.files(), key=lambda p: p.stat().st_mtime_ns)):
            os.utime(path, (1000 + n, 1000 + n))
    assert sum(p.stat().st_size for p in cache.files()) < 20_000 + 32 * 2000
    assert cache.compiles(lambda: grad(cache.load("def f(x):\n    return x * x * 69.0").f)(2.0))[1] == 0
    assert cache.compiles(lambda: grad(cache.load("def f(x):\n    return x * x * 0.0").f)(2.0))[1] == 1


def test_closures_do_not_pile_up(cache):
    for k in range(files.MOST_CANDIDATES + 5):
        m = cache.load(f"def h(x):\n    return x * {k}.0\ndef f(x):\n    return h(x)")
        assert grad(m.f)(1.0) == k
    assert len(cache.files()) == files.MOST_CANDIDATES


def test_threads_race(cache):
    m = cache.load(TEXT)
    found: list = []
    threads = [threading.Thread(target=lambda: found.append(grad(m.f)(2.0))) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [12.0] * 8
    assert len(cache.files()) == 1


def test_processes_race(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import numpy as np, srcad\n" + "".join(
        f"def f{k}(x):\n    return np.sin(x) * {k}.0\n" for k in range(6)) + "print([float(srcad.grad(f)(0.0)) for f in "
        "(f0, f1, f2, f3, f4, f5)])\n")
    surroundings = os.environ | {"SRCAD_CACHE_DIR": str(tmp_path / "cache"), "SRCAD_CACHE": "1", "SRCAD_CACHE_LIMIT": "0.004"}
    running = [subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=surroundings)
               for _ in range(4)]
    for process in running:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0 and re.findall(r"\d\.\d", out) == ["0.0", "1.0", "2.0", "3.0", "4.0", "5.0"]
    assert not list((tmp_path / "cache").rglob("*.partial"))
