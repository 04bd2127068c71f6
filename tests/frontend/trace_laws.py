"""The laws of an untyped Trace, checked: used by the tests of lowering."""

from __future__ import annotations

from srcad.trace import ir


def check(function: ir.Function) -> None:
    """Assert that every Var is defined once, before it is read, in a block that is visible there."""
    defined: set[ir.Var] = set()

    def define(var: ir.Var, visible: set) -> None:
        assert var not in defined, f"{var} is defined twice"
        defined.add(var)
        visible.add(var)

    def read(atoms, visible: set) -> None:
        for atom in atoms:
            assert not isinstance(atom, ir.Var) or atom in visible, f"{atom} is read where it is not visible"

    def block(b: ir.Block, visible: set) -> set:
        visible = set(visible)
        for stmt in b.stmts:
            read(ir.operands(stmt), visible)
            assert stmt.loc.line > 0
            match stmt:
                case ir.If():
                    assert len(stmt.targets) == len(stmt.then.yields) == len(stmt.orelse.yields)
                    for arm in ir.blocks(stmt):
                        block(arm, visible)
                case ir.For() | ir.While():
                    assert len(stmt.carried) == len(stmt.inits) == len(stmt.body.yields)
                    for var in stmt.carried:
                        define(var, visible)
                    inside = set(visible)
                    for var in ir.inner_vars(stmt):
                        define(var, inside)
                    if isinstance(stmt, ir.While):
                        inside = block(stmt.test, inside)
                        assert len(stmt.test.yields) == 1
                    read(ir.exits(stmt), block(stmt.body, inside))
            if not isinstance(stmt, ir.For | ir.While):
                for var in ir.outputs(stmt):
                    define(var, visible)
            if isinstance(stmt, ir.Apply) and stmt.fn.__class__ is ir.Lit:
                raise AssertionError("a constant is called")
        read(b.yields, visible)
        return visible

    start: set[ir.Var] = set()
    for param in function.params:
        define(param.var, start)
    block(function.body, start)
    assert len(function.body.yields) == 1


def size(function: ir.Function) -> int:
    """How many statements."""
    return sum(1 for _ in ir.walk(function.body))


def depth(function: ir.Function) -> int:
    """How deep blocks are nested."""

    def of(block: ir.Block) -> int:
        return max((1 + of(b) for stmt in block.stmts for b in ir.blocks(stmt)), default=0)

    return of(function.body)
