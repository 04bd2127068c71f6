"""The front of the compiler: from a Python function to what its text says and its names mean.

``source``
    finds the text of a function and its syntax tree, or refuses;
``codematch``
    decides whether a piece of text is the one a code object was compiled from;
``scope``
    tells which names are local and which object every other name refers to;
``lower``
    turns the tree into a Trace.

Only this package and ``emit`` know Python's syntax tree.
"""
