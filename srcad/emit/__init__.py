"""From a Trace to Python source that people read, and to the function that it defines.

::

    Function ── survey ───► what each value is used for, what has to be named
             ── fold ─────► a Plan: which operations are written inside the one that uses them (cost, patterns)
             ── liveness ─► where each value is still needed
             ── coalesce ─► which values share a name
             ── names ────► v1, x_bar, np, ... (spelling)
             ── tree ─────► a gast tree (expressions, operators, control, copies, bindings, notes)
             ── printer ──► text
             ── module ───► a loaded function that inspect, pdb and tracebacks can show

What is decided early is decided on values, not on names: only `names` knows what anything is called.
"""

from srcad.emit.module import emit
from srcad.generated import Module, Text, load, user_location

__all__ = ["Module", "Text", "emit", "load", "user_location"]
