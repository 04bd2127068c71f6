"""The fixture of these tests."""

from tests.diskcache.processes import cache

__all__ = ["cache"]
