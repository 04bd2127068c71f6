import ast
import doctest
import functools
import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
import threading
import types
import zipfile

import gast
import numpy as np
import pytest

from srcad.errors import SourceError, UnsupportedError
from srcad.frontend.source import find_source

from . import samples


def shown(fn):
    """The text of what `find_source` found, on one line where it is a lambda."""
    return gast.unparse(find_source(fn).node).strip()


def load(path, text):
    """Import `path` after writing `text` to it."""
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rewrite(path, text):
    """Change a file so that its time stamp is sure to differ."""
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    os.utime(path, (1, 1))


def run_cell(text, filename, namespace):
    """What IPython does: the cell's text goes to linecache, and each of its statements is compiled by itself."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), filename, "exec"), namespace)


def python(*arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Where functions stand -----------------------------------------------------------------------------------------------


def test_function_in_a_file():
    source = find_source(samples.square)
    assert isinstance(source.node, gast.FunctionDef)
    assert source.node.name == "square"
    assert source.function is samples.square
    assert source.filename == samples.__file__
    assert source.bound_self is None


def test_lines_count_in_the_whole_file():
    source = find_source(samples.square)
    assert source.lines[source.node.lineno - 1] == "def square(x):"
    assert source.lines[source.node.body[0].lineno - 1] == "    return x * x"
    assert source.node.lineno == samples.square.__code__.co_firstlineno


def test_nested_function():
    assert shown(samples.make_power(3)) == "def power(x):\n    return x ** n"


def test_function_that_calls_an_imported_module():
    # CPython chooses other instructions for np.sin(x) if np is imported at the top level of the file.
    assert "np.sin(x)" in shown(samples.calls_numpy)


def test_function_under_a_condition():
    assert "x + 1" in shown(samples.under_if)


def test_text_at_column_zero_inside_the_function():
    assert "len(text)" in shown(samples.text_at_column_zero)


def test_class_inside_the_function():
    assert "class Point" in shown(samples.with_class_inside)


def test_each_call_gives_a_tree_of_its_own():
    first, second = find_source(samples.square).node, find_source(samples.square).node
    first.body.clear()
    assert second.body


# Lambdas -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("i", range(3))
def test_one_of_three_lambdas_on_a_line(i):
    assert shown(samples.three[i]) == f"lambda x: x * {i + 2}"


def test_identical_lambdas_on_a_line_are_told_apart_by_column():
    columns = [find_source(f).node.col_offset for f in samples.same]
    assert columns[0] < columns[1]


def test_lambdas_that_differ_in_the_parameter():
    assert [shown(f) for f in samples.same_body_other_names] == ["lambda x: x + 1", "lambda y: y + 1"]


def test_lambdas_that_differ_in_a_default():
    assert [shown(f) for f in samples.same_code_other_defaults] == ["lambda x, a=1: x * a", "lambda x, a=2: x * a"]


def test_lambdas_that_return_constants():
    # From Python 3.12 on no instruction of such a lambda has a column.
    values = [f(0.0) for f in samples.constants]
    found = [eval(gast.unparse(find_source(f).node))(0.0) for f in samples.constants]
    assert list(map(repr, found)) == list(map(repr, values))


def test_nested_lambdas():
    outer = samples.nested_lambda
    assert shown(outer).startswith("lambda x: ")
    assert find_source(outer(1)).node.args.args[0].id == "y"
    assert find_source(outer(1)(2)).node.args.args[0].id == "z"


def test_lambda_that_calls_a_lambda_of_the_same_parameter():
    assert isinstance(find_source(samples.lambda_in_lambda_of_same_form).node.body, gast.Call)


def test_lambda_in_a_default_argument():
    (default,) = samples.with_lambda_default.__defaults__
    assert shown(default) == "lambda x: x + 10"
    assert find_source(samples.with_lambda_default).node.name == "with_lambda_default"


def test_lambda_in_a_default_argument_of_a_lambda():
    outer = samples.lambda_with_lambda_default
    (default,) = outer.__defaults__
    assert shown(default) == "lambda x: x + 20"
    assert isinstance(find_source(outer).node.body, gast.Call)


def test_lambda_spanning_lines():
    source = find_source(samples.spanning)
    assert shown(samples.spanning) == "lambda x: x + 1"
    assert source.node.body.lineno == source.node.lineno + 1


def test_lambdas_inside_a_call_over_several_lines():
    assert [shown(f) for f in samples.wrapped_call] == ["lambda x: x * 5", "lambda x: x * 6", "lambda x: x * 7"]


def test_lambda_in_this_very_file():
    f, g = (lambda x: x - 1), (lambda x: x - 2)
    assert (shown(f), shown(g)) == ("lambda x: x - 1", "lambda x: x - 2")


def test_lambda_in_a_decorator():
    assert find_source(samples.twice_decorated).node.name == "twice_decorated"


# Methods and decorators ----------------------------------------------------------------------------------------------


def test_bound_method():
    model = samples.Model()
    source = find_source(model.method)
    assert source.bound_self is model
    assert source.function is samples.Model.method
    assert source.node.name == "method"


def test_function_of_a_class():
    assert find_source(samples.Model.method).bound_self is None


def test_static_method():
    assert find_source(samples.Model.static).node.name == "static"
    assert find_source(samples.Model.__dict__["static"]).node.name == "static"
    assert find_source(samples.Model.static).bound_self is None


def test_class_method():
    source = find_source(samples.Model.made)
    assert source.bound_self is samples.Model
    assert source.node.name == "made"


def test_method_with_private_names():
    assert "self.__weight * __x" in shown(samples.Model.private)


def test_method_with_super():
    assert "super().__repr__()" in shown(samples.Model.parent)


def test_lambda_as_method():
    assert "self.factor + x" in shown(samples.Model().as_attribute)


def test_decorators_are_kept():
    decorators = find_source(samples.twice_decorated).node.decorator_list
    assert [type(d).__name__ for d in decorators] == ["Name", "Lambda"]


def test_wrapper_is_not_skipped():
    source = find_source(samples.doubled_square)
    assert source.node.name == "wrapper"
    assert source.function is samples.doubled_square
    assert find_source(samples.doubled_square.__wrapped__).node.name == "doubled_square"


# Other places than files ---------------------------------------------------------------------------------------------


def test_notebook_cell():
    namespace = {}
    name = "/tmp/ipykernel_1/1234.py"
    run_cell("import numpy as np\ndef f(x):\n    return np.sin(x) * 2\ng = lambda x: np.cos(x)\n", name, namespace)
    assert "np.sin(x) * 2" in shown(namespace["f"])
    assert shown(namespace["g"]) == "lambda x: np.cos(x)"


def test_notebook_cell_with_top_level_await():
    text = "def f(x): return x * 2\ng = (await 1, lambda x: x * 3)\n"
    name = "<cell with await>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    code = compile(text, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    (lambda_code,) = (c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == "<lambda>")
    assert shown(types.FunctionType(lambda_code, {})) == "lambda x: x * 3"


def test_cell_run_again_with_other_text():
    namespace = {}
    run_cell("def f(x):\n    return x * 2\n", "<cell 7>", namespace)
    old = namespace["f"]
    run_cell("def f(x):\n    return x * 3\n", "<cell 7>", namespace)
    assert "x * 3" in shown(namespace["f"])
    with pytest.raises(SourceError, match="has changed since it was loaded"):
        find_source(old)


def test_doctest():
    text = """
    >>> def f(x):
    ...     return x * 2
    >>> g = lambda x: x * 3
    >>> shown(f)
    'def f(x):\\n    return x * 2'
    >>> shown(g)
    'lambda x: x * 3'
    """
    test = doctest.DocTestParser().get_doctest(text, {"shown": shown}, "sample", None, 0)
    report = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert (result.failed, result.attempted) == (0, 4), "".join(report)


@pytest.mark.parametrize("keepends", [True, False])
def test_exec_with_text_in_linecache(keepends):
    text = "import math\n\ndef f(x):\n    return math.log(x)\n"
    name = f"<generated {keepends}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=keepends), name)
    namespace = {}
    exec(compile(text, name, "exec"), namespace)
    source = find_source(namespace["f"])
    assert "math.log(x)" in gast.unparse(source.node)
    assert source.lines[2] == "def f(x):"


def test_exec_with_future_annotations():
    text = "from __future__ import annotations\ndef f(x: Unknown):\n    def g(y: Unknown): return y\n    return g(x)\n"
    name = "<generated with future>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = {}
    exec(compile(text, name, "exec"), namespace)
    assert find_source(namespace["f"]).node.name == "f"


def test_text_of_the_prompt_that_linecache_keeps_by_code(monkeypatch):
    # Python 3.13 and later, where the file name does not identify the input.
    text = "def f(x):\n    return x * 2\n"
    namespace = {}
    exec(compile(text, "<typed>", "single"), namespace)
    monkeypatch.setattr(linecache, "_getlines_from_code", lambda code: text.splitlines(keepends=True), raising=False)
    assert "x * 2" in shown(namespace["f"])


def test_module_in_a_zip_file(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("module_in_zip.py", "def f(x):\n    return x * 2\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    import module_in_zip

    assert "x * 2" in shown(module_in_zip.f)


def test_exec_without_text():
    namespace = {}
    exec("def f(x):\n    return x\n", namespace)
    with pytest.raises(SourceError, match=r"There is no source text for `f`[\s\S]*linecache\.cache\['<string>'\]") as e:
        find_source(namespace["f"])
    assert (e.value.filename, e.value.line) == ("<string>", 1)


def test_bare_prompt():
    namespace = {}
    exec(compile("def f(x): return x\n", "<stdin>", "single"), namespace)
    with pytest.raises(SourceError, match=r"version 3\.13"):
        find_source(namespace["f"])


# Text that is not the function's any more ----------------------------------------------------------------------------


CHANGES = {
    "a constant": "def f(x):\n    return x * 3\n",
    "a name": "def f(x):\n    return x * y\n",
    "an operator": "def f(x):\n    return x + 2\n",
    "a parameter": "def f(y):\n    return x * 2\n",
    "the function's name": "def g(x):\n    return x * 2\n",
    "a line more above": "\ndef f(x):\n    return x * 2\n",
    "another function at its place": "def h(x):\n    return x * 2\ndef f(x):\n    return x * 2\n",
    "an unfinished edit": "def f(x:\n    return x * 2\n",
    "a shorter file": "\n# gone\n",
    "nothing left of it": "f = lambda x: x * 2\n",
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_file_is_refused(tmp_path, change):
    path = tmp_path / "changed.py"
    f = load(path, "def f(x):\n    return x * 2\n").f
    assert "x * 2" in shown(f)
    rewrite(path, CHANGES[change])
    with pytest.raises(SourceError, match="has changed since it was loaded") as e:
        find_source(f)
    assert e.value.filename == str(path)


def test_change_between_equal_constants_is_seen(tmp_path):
    f = load(tmp_path / "one.py", "def f(x):\n    return x * 1.\n").f
    rewrite(tmp_path / "one.py", "def f(x):\n    return x * 1 \n")
    with pytest.raises(SourceError):
        find_source(f)


def test_change_in_a_nested_function_is_seen(tmp_path):
    text = "def f(x):\n    def g(y):\n        return y * 2\n    return g(x)\n"
    f = load(tmp_path / "nested.py", text).f
    rewrite(tmp_path / "nested.py", text.replace("2", "3"))
    with pytest.raises(SourceError):
        find_source(f)


def test_change_of_the_enclosing_function_is_seen(tmp_path):
    # The text of g stays, but y is a closure cell in the one and a global in the other.
    module = load(tmp_path / "outer.py", "def f(y):\n    def g(x): return x * y\n    return g\n")
    g = module.f(2.0)
    rewrite(tmp_path / "outer.py", "def f(z):\n    def g(x): return x * y\n    return g\n")
    with pytest.raises(SourceError):
        find_source(g)


def test_change_elsewhere_does_not_matter(tmp_path):
    path = tmp_path / "other.py"
    f = load(path, "def f(x):\n    return x * 2\n").f
    rewrite(path, "def f(x):\n    return x * 2  # twice\n\ndef g(x):\n    return x\n")
    assert "x * 2" in shown(f)


def test_deleted_file(tmp_path):
    path = tmp_path / "deleted.py"
    f = load(path, "def f(x):\n    return x * 2\n").f
    path.unlink()
    with pytest.raises(SourceError, match=r"There is no source text for `f`[\s\S]*gone"):
        find_source(f)


def test_same_text_loaded_again(tmp_path):
    path = tmp_path / "again.py"
    old = load(path, "def f(x):\n    return x * 2\n").f
    new = load(path, "def f(x):\n    return x * 2\n").f
    assert shown(old) == shown(new)


# Code that is not what the plain compiler gives ----------------------------------------------------------------------


def test_assert_in_a_file_that_pytest_rewrites():
    def f(x, y=(1,)):
        assert x > 0 and x not in y, f"positive: {x}"
        g = lambda z: z + x  # noqa: E731
        assert g(x).real == 2 * x
        return np.sin(x) * 2

    source = find_source(f)
    assert [type(n).__name__ for n in source.node.body] == ["Assert", "Assign", "Assert", "Return"]


def test_change_in_a_file_that_pytest_rewrites(tmp_path, monkeypatch):
    from _pytest.assertion.rewrite import rewrite_asserts

    def rewritten(text):
        tree = ast.parse(text)
        rewrite_asserts(tree, text.encode())
        namespace = {}
        exec(compile(tree, "<rewritten>", "exec"), namespace)
        return namespace["f"]

    def remember(text):
        linecache.cache["<rewritten>"] = (len(text), None, text.splitlines(keepends=True), "<rewritten>")

    text = "def f(x):\n    assert x > 0\n    return x * 2\n"
    f = rewritten(text)
    remember(text)
    assert "assert x > 0" in shown(f)
    for old, new in [("x * 2", "x * 3"), ("x > 0", "x > 1"), ("x > 0", "y > 0"), ("f(x)", "f(z)")]:
        remember(text.replace(old, new))
        with pytest.raises(SourceError):
            find_source(f)


@pytest.mark.parametrize("option", [[], ["-X", "no_debug_ranges"], ["-O"]])
def test_other_ways_to_run_python(option, tmp_path):
    script = """
        import gast
        from srcad.frontend.source import find_source
        fs = [lambda x: x * 2, lambda x: x * 3, lambda y: y * 3, lambda x: x * 3]
        def f(x):
            assert x, "true"
            return x
        for g in [*fs, f]:
            print(gast.unparse(find_source(g).node).splitlines()[0])
    """
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(script))
    expected = ["lambda x: x * 2", "lambda x: x * 3", "lambda y: y * 3", "lambda x: x * 3", "def f(x):"]
    assert python(*option, str(path)).split("\n")[:-1] == expected


@pytest.mark.skipif(sys.version_info < (3, 13), reason="earlier versions do not keep the text")
def test_command_line_option_c():
    script = "from srcad.frontend.source import find_source\ndef f(x): return x\nprint(find_source(f).node.name)"
    assert python("-c", script) == "f\n"


def test_several_threads_at_once():
    expected = [(shown(f), find_source(f).node.lineno) for f in samples.three]
    found = []

    def work():
        for _ in range(30):
            found.append([(shown(f), find_source(f).node.lineno) for f in samples.three])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 120


def test_warnings_of_the_text_are_not_repeated(tmp_path):
    path = tmp_path / "warns.py"
    with pytest.warns(SyntaxWarning):
        f = load(path, "def f(x):\n    return x is 1\n").f
    assert find_source(f).node.name == "f"


# What has no source --------------------------------------------------------------------------------------------------


class Callable:
    def __call__(self, x):
        return x


NOT_FUNCTIONS = [
    (np.sin, "`sin` is not written in Python", "srcad.rules"),
    (np.sum, "`sum` is not written in Python", "srcad.rules"),
    (len, "`len` is not written in Python", "srcad.rules"),
    ([].append, "`list.append` is not written in Python", "srcad.rules"),
    (str.join, "`str.join` is not written in Python", "srcad.rules"),
    (Callable, "`Callable` is a class", "lambda x: Callable(x)"),
    (Callable(), "Callable` object is not a function", "obj.__call__"),
    (functools.partial(samples.square), "`functools.partial` object", "lambda x: f(x, ...)"),
    (functools.cache(samples.square), "`square` is cached by functools.lru_cache", "__wrapped__"),
    (classmethod(samples.square), "is a classmethod object", "through the class"),
    (property(samples.square), "is a property object", "through the class"),
    (3.0, "`builtins.float` object is not callable", "Pass a function"),
    (types.MethodType(len, []), "`len` is not written in Python", "srcad.rules"),
]


@pytest.mark.parametrize(("thing", "reason", "advice"), NOT_FUNCTIONS, ids=lambda value: str(value)[:20])
def test_what_is_not_a_function(thing, reason, advice):
    with pytest.raises(SourceError) as e:
        find_source(thing)
    assert reason in e.value.reason
    assert advice in e.value.advice


def test_compiled_function_that_knows_the_python_one():
    class Compiled:
        py_func = staticmethod(samples.square)
        __call__ = len

    compiled = Compiled()
    with pytest.raises(SourceError, match="`py_func` of this object"):
        find_source(compiled)


def test_method_of_a_callable_object():
    thing = Callable()
    assert find_source(thing.__call__).bound_self is thing


def test_async_function():
    with pytest.raises(UnsupportedError, match="async") as e:
        find_source(samples.coroutine)
    assert e.value.source_line == "async def coroutine(x):"


def test_syntax_that_gast_does_not_know(monkeypatch):
    monkeypatch.delattr(gast, "Return")
    with pytest.raises(UnsupportedError, match="does not know"):
        find_source(samples.square)


def test_expression_that_is_nested_too_deeply(tmp_path):
    module = load(tmp_path / "deep.py", f"def f(x):\n    return {' + '.join(['x'] * 900)}\n")
    with pytest.raises(UnsupportedError, match="nested too deeply"):
        find_source(module.f)


# Locations -----------------------------------------------------------------------------------------------------------


def test_location_of_an_expression():
    source = find_source(samples.square)
    location = source.location(source.node.body[0].value)
    assert (location.filename, location.function, location.text) == (samples.__file__, "square", "    return x * x")
    assert location.text[location.column : location.end_column] == "x * x"
    assert location.line == source.node.lineno + 1


def test_location_counts_characters_not_bytes():
    source = find_source(samples.naïve)
    location = source.location(source.node.body[0].value.elts[1])
    assert location.text[location.column : location.end_column] == "é + 1"


def test_lambda_after_characters_of_several_bytes():
    f = samples.naïve(1)[2]
    location = find_source(f).location(find_source(f).node)
    assert location.text[location.column : location.end_column] == "lambda é: é"


def test_location_over_several_lines_has_no_end():
    source = find_source(samples.spanning)
    assert source.location(source.node).end_column == -1


def test_location_of_a_node_without_position():
    source = find_source(samples.square)
    assert source.location(source.node.body[0].value.op).line == source.node.lineno


def test_location_names_the_wrapper_not_the_wrapped():
    source = find_source(samples.doubled_square)
    assert source.location(source.node).function == "doubled.<locals>.wrapper"


# Speed ---------------------------------------------------------------------------------------------------------------


def test_only_the_statement_around_is_parsed(tmp_path, monkeypatch):
    filler = "def g(x):\n    return x + 1\n" * 2000
    f = load(tmp_path / "large.py", filler + "def f(x):\n    return x * 2\n").f
    parsed = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda text: parsed.append(text.strip()) or parse(text))
    assert "x * 2" in shown(f)
    assert parsed == ["def f(x):\n    return x * 2"]
