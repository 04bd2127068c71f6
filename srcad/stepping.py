"""Running generated source line by line.

What enters is the text of a generated module; what leaves is a function that behaves as its main function and reports
every line of it that is executed, with the value that the line gives. The one idea: the text says all there is to know,
so the report is a call written behind each of its statements. Calls of other functions are one line. ::

    for i in range(n):                  for i in range(n):
        s = s + x              →            step(2, i)
                                            s = s + x
                                            step(3, s)
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

from srcad.emit import Module

#: The value of a line that gives none.
NOTHING = object()

_STEP, _MAIN, _NOTHING = "__srcad_step__", "__srcad_main__", "__srcad_nothing__"


def stepping(module: Module, step: Callable[[int, Any], None], *, silent: bool) -> Callable[..., Any]:
    """The main function of a module, made to report.

    Parameters
    ----------
    module : Module
    step : callable
        Called as ``step(line, value)`` after each executed line; lines are counted from 1. A value may be changed in
        place later.
    silent : bool
        Let ``print`` do nothing.
    """
    filename = f"<srcad {module.main}, line by line>"
    tree = ast.parse(module.source, filename)
    main = copy.deepcopy(tree.body[0])
    assert isinstance(main, ast.FunctionDef)
    # Under another name, so that a function that calls itself is one line there, too.
    main.name, main.body = _MAIN, _reporting(main.body)
    tree.body.append(main)
    namespace: dict[str, Any] = {"__name__": "srcad.generated", **module.imports, _STEP: step, _NOTHING: NOTHING}
    if silent:
        namespace.setdefault("print", lambda *args, **kwargs: None)
    exec(compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True), namespace)
    function = namespace[_MAIN]

    def run(*args: Any) -> Any:
        try:
            return function(*args)
        except Exception as error:
            _add_place(error, module, filename)
            raise

    return run


def _reporting(body: list[ast.stmt]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    for node in body:
        out.append(node)
        match node:
            case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
                out.append(_report(node, _read(target)))
            case ast.For():
                node.body = [_report(node, _names(node.target)), *_reporting(node.body)]
                node.orelse = _reporting(node.orelse)
            case ast.While() | ast.If():
                node.body, node.orelse = _reporting(node.body), _reporting(node.orelse)
            case ast.Expr(ast.Call(ast.Attribute(attr="at"), [buffer, *_])):
                out.append(_report(node, copy.deepcopy(buffer)))
            case ast.Expr():
                out.append(_report(node, ast.Name(_NOTHING, ast.Load())))
    return out


def _report(node: ast.stmt, value: ast.expr) -> ast.stmt:
    call = ast.Call(ast.Name(_STEP, ast.Load()), [ast.Constant(node.lineno), value], [])
    return ast.copy_location(ast.Expr(call), node)


def _read(target: ast.expr) -> ast.expr:
    """The expression that reads what an assignment has written."""
    target = copy.deepcopy(target)
    for part in ast.walk(target):
        if hasattr(part, "ctx"):
            part.ctx = ast.Load()
    return target


def _names(target: ast.expr) -> ast.expr:
    """What the head of a loop binds: a name, or a flat tuple of names."""
    names: list[ast.expr] = [ast.Name(part.id, ast.Load()) for part in ast.walk(target) if isinstance(part, ast.Name)]
    return names[0] if len(names) == 1 else ast.Tuple(names, ast.Load())


def _add_place(error: Exception, module: Module, filename: str) -> None:
    """Tell which line of the user's an error came from."""
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            place = module.lines[traceback.tb_lineno - 1]
            if place is not None and place.text:
                error.add_note(f"in the trace of this line:\n{place.show()}")
        traceback = traceback.tb_next
