"""Python's own containers and type tests: srcad follows them as they are, so autograd's replacements are not needed."""

import builtins

__all__ = ["dict", "isinstance", "list", "tuple", "type"]

dict, isinstance, list, tuple, type = builtins.dict, builtins.isinstance, builtins.list, builtins.tuple, builtins.type
