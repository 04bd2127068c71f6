"""Is this syntax tree what that code object was compiled from?

A code object says where it came from, but not whether the text there is still the same. The one idea: compile the
candidate again, where it stands (so that closures, mangled names and zero-argument ``super`` come out as they did),
and compare everything: instructions, names, constants, nested code, and the position of every instruction.

    fs = [lambda x: x * 2, lambda x: x * 3]     # fs[1].__code__ equals the second candidate, in no way the first
"""

from __future__ import annotations
import __future__

import ast
import dis
import inspect
import types
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUTURE_FLAGS = 0
for _feature in __future__.all_feature_names:
    _FUTURE_FLAGS |= getattr(__future__, _feature).compiler_flag

# Added to the lines of a candidate while it is compiled, which tells its code object from all others. All lines of the
# body move together, as the compiler drops instructions depending on whether neighbours are on one line.
_MARK = 1 << 24

_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)


def first_line(node: Any) -> int:
    """The line a code object compiled from `node` gives as its first: decorators count."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def code_of(
    statement: ast.stmt, node: FunctionNode, imported: frozenset[str], original: types.CodeType, alone: bool = False
) -> types.CodeType | None:
    """The code that `node` compiles to inside the top-level `statement`, under the future imports of `original`.

    `imported` are the names that the module imports at its top level: CPython calls ``np.sin`` by other instructions
    if it sees ``np`` imported there. None if the compiler generates no code for the node (``if 0: ...``) or rejects
    the statement. The lines of `node` are changed for a moment, so no other thread may look at the tree; not so if it is
    `alone`, the only function of its name that begins on its line.
    """
    # A cell of a notebook may have `await` at its top level.
    flags = original.co_flags & _FUTURE_FLAGS | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    module = ast.Module([*_imports(imported), statement], type_ignores=[])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mark = 0 if alone else _MARK
        _move(node, mark)
        try:
            code = compile(module, original.co_filename, "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
        finally:
            _move(node, -mark)
    line = first_line(node) + mark
    for nested in code_objects(code):
        if nested.co_firstlineno == line and nested.co_name == original.co_name:
            return nested if alone else _moved_back(nested)
    return None


def _move(node: FunctionNode, lines: int) -> None:
    """Move the head and the body. Defaults and decorators stay, so that no lambda in them looks like `node`."""
    if not lines:
        return
    for head in (node, *getattr(node, "decorator_list", ())[:1]):
        head.lineno += lines
        head.end_lineno += lines
    for part in node.body if isinstance(node.body, list) else [node.body]:
        ast.increment_lineno(part, lines)


def _moved_back(code: types.CodeType) -> types.CodeType:
    """`code` at the lines it has in the file. All its lines count from the first."""
    constants = []
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            value = _moved_back(value)
        elif type(value) is int and value == code.co_firstlineno:
            value -= _MARK  # __firstlineno__ of a class, which Python 3.13 and later write into its body
        constants.append(value)
    return code.replace(co_firstlineno=code.co_firstlineno - _MARK, co_consts=tuple(constants))


def _imports(names: frozenset[str]) -> list[ast.stmt]:
    place = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
    aliases = [ast.alias(name, None, **place) for name in sorted(names)]
    return [ast.Import(aliases, **place)] if aliases else []


def is_compiled_from(original: types.CodeType, compiled: types.CodeType, node: FunctionNode) -> bool:
    """Whether `original` is `compiled` (what `code_of` gave for `node`), but for its file name."""
    # A .pyc may have been written with -X no_debug_ranges, or be read with it.
    columns = _has_columns(original) and _has_columns(compiled)
    if _summary(original, columns) == _summary(compiled, columns):
        return True
    return _is_pytest_rewritten(original) and _same_but_for_asserts(original, compiled, node)


def code_objects(code: types.CodeType) -> Iterator[types.CodeType]:
    """`code` and every code object nested in it, in order of appearance."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_objects(constant)


def _has_columns(code: types.CodeType) -> bool:
    return any(position[2] is not None for position in code.co_positions())


def _summary(code: types.CodeType, columns: bool) -> tuple:
    """Everything about `code` that its text decides."""
    constants: Sequence[object] = code.co_consts
    if not code.co_flags & inspect.CO_OPTIMIZED:
        # The body of a class. From Python 3.13 on it has __static_attributes__, in an order that varies.
        constants = [frozenset(value) if isinstance(value, tuple) else value for value in constants]
    return (
        code.co_name,
        code.co_firstlineno,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        (code.co_code, code.co_exceptiontable),
        [_constant(constant, columns) for constant in constants],
        [position if columns else position[0] for position in code.co_positions()],
    )


def _constant(value: object, columns: bool) -> tuple:
    """A key that tells 1 from True and 0.0 from -0.0, and that equals itself for nan."""
    match value:
        case types.CodeType():
            return _summary(value, columns)
        case tuple():
            return (tuple, *(_constant(item, columns) for item in value))
        case frozenset():
            return (frozenset, *sorted(map(repr, value)))
        case _:
            return type(value), repr(value)


def _is_pytest_rewritten(code: types.CodeType) -> bool:
    return any(name.startswith("@py") for nested in code_objects(code) for name in nested.co_names + nested.co_varnames)


def _same_but_for_asserts(original: types.CodeType, compiled: types.CodeType, node: FunctionNode) -> bool:
    """Compare code whose ``assert`` statements pytest has replaced by longer ones at the same place.

    Outside of them the same instructions must stand at the same positions; inside, the names and constants of the
    text must all occur.
    """
    asserts = [n for n in ast.walk(node) if isinstance(n, ast.Assert)]
    ours, theirs = list(code_objects(original)), list(code_objects(compiled))
    if len(ours) != len(theirs):
        return False
    for rewritten, plain in zip(ours, theirs):
        outside, inside = _instructions(rewritten, asserts)
        plain_outside, plain_inside = _instructions(plain, asserts)
        if _signature(rewritten) != _signature(plain) or outside != plain_outside or not plain_inside <= inside:
            return False
    return True


def _signature(code: types.CodeType) -> tuple:
    extra = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + extra]
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    return code.co_name, code.co_flags, counts, parameters, code.co_freevars


def _instructions(code: types.CodeType, asserts: list[ast.Assert]) -> tuple[set, set]:
    """The instructions outside of `asserts` with their positions, and the names and constants used inside."""
    outside, inside = set(), set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("EXTENDED_ARG", "NOP"):  # these depend on how much code the asserts became
            continue
        position = tuple(instruction.positions or (None,) * 4)
        value = None if instruction.opcode in _JUMPS else _argument(instruction.argval)
        if any(_is_inside(position, statement) for statement in asserts):
            if isinstance(instruction.argval, str) or instruction.opcode in dis.hasconst:
                inside.add(value)
        else:
            outside.add((instruction.opname, value, position))
    return outside, inside


def _argument(value: object) -> tuple:
    return (value.co_name,) if isinstance(value, types.CodeType) else _constant(value, False)


def _is_inside(position: tuple, node: ast.stmt) -> bool:
    line, end_line, column, end_column = position
    if None in position:
        return line is not None and node.lineno <= line <= node.end_lineno
    return (node.lineno, node.col_offset) <= (line, column) and (end_line, end_column) <= (
        node.end_lineno,
        node.end_col_offset,
    )
