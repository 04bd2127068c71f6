"""The C++ adjoints of `adbench_reference.cpp`, compiled here if there is a compiler."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("adbench_reference.cpp")
FLAGS = ("-O3", "-march=native", "-std=c++17", "-shared", "-fPIC")
_REAL, _WHOLE, _LONG = (np.ctypeslib.ndpointer(t, flags="C_CONTIGUOUS") for t in (np.float64, np.int32, np.int64))


def library() -> ctypes.CDLL | None:
    """The compiled adjoints; None without g++."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None
    name = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"srcad_adbench_{name}.so"
    if not path.exists():
        subprocess.run([compiler, *FLAGS, "-o", str(path), str(SOURCE)], check=True)
    loaded = ctypes.CDLL(str(path))
    whole, real = ctypes.c_int, ctypes.c_double
    loaded.gmm.argtypes = [whole] * 3 + [_REAL] * 4 + [real, whole] + [_REAL] * 3
    loaded.lstm.argtypes = [whole] * 3 + [_REAL] * 6
    loaded.ba.argtypes = [whole] + [_REAL] * 4 + [_LONG] * 2 + [_REAL]
    loaded.gmm.restype = loaded.lstm.restype = real
    loaded.ba.restype = None
    return loaded


def gmm(loaded, alphas, means, factors, x, gamma, m):
    """(value, gradients)"""
    bars = np.empty_like(alphas), np.empty_like(means), np.empty_like(factors)
    n, d = x.shape
    return loaded.gmm(n, d, len(alphas), alphas, means, factors, x, gamma, m, *bars), bars


def ba(loaded, cameras, points, weights, features, seen_by, seen):
    """The blocks of the Jacobian."""
    blocks = np.empty((len(weights), 2, 15))
    loaded.ba(len(weights), cameras, points, weights, features, seen_by, seen, blocks)
    return blocks


def lstm(loaded, main, extra, state, sequence):
    """(value, gradients)"""
    bars = np.empty_like(main), np.empty_like(extra)
    return loaded.lstm(len(main), *sequence.shape, main, extra, state, sequence, *bars), bars
