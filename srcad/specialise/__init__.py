"""Specialisation: an untyped Trace and the kinds of its arguments become a typed Trace.

`values`       what a name can stand for while the program is being specialised
`builder`      appends operations to a Trace, with their kinds
`program`      all that one compilation knows: callees, guards, free data
`specialiser`  the abstract interpreter: values, statements
`branches`     one arm taken, or both written and what they give joined (`joins`, `forms`)
`loops`        which variables a loop carries, and of what kinds
`unrolling`    loops whose body is written out once per item
`calls`        what a call means: of a Python object (`callables`), of a method (`methods`)
`operations`   one operation: its operands, constants folded
`decided`      types, identity, small sums: decided when the derivative is made
`displays`     containers built, read and measured
`numpy_forms/` other spellings of NumPy's functions, as calls of those that have rules
`objects/`     objects of the user's classes: made, read, written, copied
`generators`   generators that make context managers, or are an ``__iter__``
"""
