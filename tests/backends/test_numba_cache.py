"""What Numba compiles is found again on the disk."""

import math

import pytest

import srcad

pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


def steps(x, n):
    total = x.copy().sum() if n < 0 else 0.0
    for k in range(n):
        total = total + math.sin(x[k % 2]) * total + x[0]
    return total


def test_compiled_code_is_kept_beside_its_text(tmp_path, monkeypatch):
    import numpy as np

    tmp_path.chmod(0o700)
    monkeypatch.setenv("SRCAD_CACHE", "1")
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path))
    x = np.array([0.3, 0.5])
    first, second = (srcad.grad(steps, backend="numba") for _ in range(2))
    expected = first(x, 5)
    if not list(tmp_path.rglob("*.numba")):
        pytest.skip("srcad's own files are newer than this process")
    assert list(tmp_path.rglob("*.nbc"))
    np.testing.assert_array_equal(second(x, 5), expected)
    hits = [v.function.dispatcher.stats.cache_hits for v in second.variants]
    assert [sum(h.values()) for h in hits] == [1]
