"""Specialisation: an untyped Trace and the kinds of its arguments become a typed Trace.

`values`      what a name can stand for while the program is being specialised
`builder`     appends operations to a Trace, with their kinds
`program`     all that one compilation knows: callees, guards, free data
`specialiser` the abstract interpreter: statements
`calls`       what a call means
`operations`  one operation: its operands, constants folded
`decided`     types, identity, small sums: decided when the derivative is made
`displays`    containers built, read and measured
"""
