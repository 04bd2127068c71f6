"""What all tests share."""

import os

import numpy as np
import pytest

os.environ["SRCAD_CACHE"] = "0"       # texts from the disk would hide what the compiler does; tests/diskcache turns it on


@pytest.fixture
def rng() -> np.random.Generator:
    """The same random numbers for every test."""
    return np.random.default_rng(0)
