"""Differentiation: a typed Trace in, the typed Trace of its tangent or adjoint out.

`algebra`   simplifications made while derivative statements are written
`splice`    puts a rule's body into a derivative
`tangent`   forward mode
`adjoint`   reverse mode
`record`    what a loop's forward sweep must keep for its reverse sweep
"""
