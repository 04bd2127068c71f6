"""From a Trace to Python source that people read, and to the function that it defines.

::

    Function ── fold ──────► which operations are written inside the one that uses them
             ── liveness ──► where each value is still needed
             ── coalesce ──► which values share a name
             ── names ─────► v1, x_bar, np, ...
             ── tree ──────► a gast tree
             ── printer ───► text
             ── module ────► a loaded function that inspect, pdb and tracebacks can show
"""

from srcad.emit.module import Module, Text, emit, load, user_location

__all__ = ["Module", "Text", "emit", "load", "user_location"]
