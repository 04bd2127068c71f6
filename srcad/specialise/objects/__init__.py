"""Objects of the user's classes: those made inside the program, and what Python does to find their attributes.

`records`          an object made inside: its attributes as cells, never an object of the generated code
`variables`        objects that variables hold, taken apart and put together
`attributes`       ``owner.name`` and ``owner.name = value``
`making`           ``cls(...)``
`supers`           ``super()``
`special_methods`  operators, truth, going through
`copies`           copies, ``dataclasses.replace``, ``asdict``
"""
