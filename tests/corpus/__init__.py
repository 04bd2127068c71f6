"""Small functions, one idea each, that every mode and option is run over.

Importing the package registers all of them: see ``registry.PROGRAMS``.
"""

import importlib

THEMES = (
    "scalars",
    "branches",
    "loops",
    "whiles",
    "early_returns",
    "calls",
    "recursion",
    "parameters",
    "structures",
    "arrays_elementwise",
    "arrays_reductions",
    "arrays_indexing",
    "arrays_shapes",
    "arrays_linalg",
    "broadcasting",
    "names",
    "numpy_calls",
    "nested_grad",
    "book",
    "realistic",
    "closures",
    "comprehensions",
    "statements",
    "functional",
    "objects",
    "tangent",
    "everyday",
    "idioms",
    "object_arguments",
    "exceptions",
    "chosen_functions",
    "managers",
    "effects",
)

for _theme in THEMES:
    importlib.import_module(f"{__name__}.{_theme}")
