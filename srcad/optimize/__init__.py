"""Optimisation: Trace → Trace, a visible ordered list of small passes (`pipeline`)."""
