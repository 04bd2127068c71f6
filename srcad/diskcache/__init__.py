"""Generated derivatives kept on the disk, so that the next process need not compile them.

A *question* (a function, kinds of arguments, options) is known before anything is compiled, and names the files that may
answer it. What the compiler came upon on its way (callees, globals, attributes of libraries, kinds of free data) it wrote
down as guards; a file holds their addresses and descriptions, and is an answer only if each place, read in this process, is
as it was described. Only then is its text executed. The guards go on watching, as those of any variant.

Whatever cannot be described for another process is compiled, and stays in memory: a cache that is not sure is not used.
"""

from __future__ import annotations

import functools
import json
import sys
import types
from collections.abc import Callable

from srcad.calling import Layout
from srcad.diskcache import environment, files
from srcad.diskcache.addresses import Finder, Resolver, statics
from srcad.diskcache.descriptions import Descriptions, Unstable, checksum, digest, last_line, lines_of
from srcad.errors import Location
from srcad.generated import define
from srcad.places import Attribute, AttributeOf, Data, Guard
from srcad.requests import Request, Variant
from srcad.rules import registry
from srcad.trace.kinds import Kind, kind_of

#: What may go wrong when another process's addresses are looked up in this one.
_LOST = (LookupError, AttributeError, NameError, TypeError, ValueError, ImportError, Unstable)


class Question:
    """What is known before a derivative is compiled, and the key that stands for it."""

    def __init__(self, root: str, key: str, target: object, bound: object, kinds: tuple, layout: Layout, request: Request,
                 statics: list, descriptions: Descriptions, generation: int) -> None:
        self.root = root
        self.key = key
        self.target = target
        self.bound = bound
        self.kinds = kinds
        self.layout = layout
        self.request = request
        self.statics = statics
        self.descriptions = descriptions
        self.generation = generation

    def compiled(self, half: int) -> tuple:
        """The Trace and the Module of a variant (of one half of it) that was not compiled here."""
        from srcad.compile import compile_variant

        variant = compile_variant(self.target, self.kinds, self.layout, self.request, self.bound)
        return (variant.halves or (variant,))[half].whole

    def again(self, refused: frozenset) -> Variant:
        """The variant, compiled here without forms that Numba lacks, and kept."""
        from srcad.compile import compile_variant

        return compile_variant(self.target, self.kinds, self.layout, self.request, self.bound, functools.partial(keep, self),
                               refused)


def question(target, bound, kinds: tuple[Kind, ...], layout: Layout, request: Request) -> Question | None:
    """The question that a request is to the disk, or None if that is not to be asked."""
    root = files.directory()
    if root is None or _is_watched():
        return None
    compiler = () if request.backend == "python" else numba_versions()
    generation = registry.generation
    try:
        surroundings = environment.fingerprint()
        if surroundings is None:
            return None
        descriptions = Descriptions()
        held = statics(kinds)
        finder = Finder(target, bound, held)
        key = digest((
            surroundings, environment.users_rules(), tuple(map(str, _options(request))), compiler,
            (layout.names, layout.form, tuple(map(int, layout.styles)), layout.positional), descriptions.of(target),
            None if bound is None else descriptions.of(type(bound)),
            json.dumps([finder.kind(kind) for kind in kinds]), tuple(map(descriptions.of, held))))
    except _LOST:
        return None
    return Question(root, key, target, bound, kinds, layout, request, held, descriptions, generation)


def _options(request: Request) -> tuple:
    """All of them, those too that are not thought of yet."""
    return tuple(getattr(request, name) for name in Request.__slots__)


def numba_versions() -> tuple[str, ...]:
    """What compiled code depends on besides; an error of ours if Numba is not there."""
    from srcad.backends.compiled import versions

    return versions()


def _is_watched() -> bool:
    """Is somebody looking at the passes, or leaving some out?"""
    pipeline = sys.modules.get("srcad.optimize.pipeline")
    return pipeline is not None and pipeline.is_changed()


# --- keeping ----------------------------------------------------------------------------------------------------------


def keep(asked: Question, variant: Variant, program) -> None:
    """Write a variant to the disk, if everything that it depends on can be described."""
    if asked.generation != registry.generation or environment.fingerprint(again=True) is None:
        return
    try:
        about, text = _written(asked, variant, program)
    except _LOST:
        return
    if not files.usable(asked.root, create=True):
        return
    depends = json.dumps([about["guards"], about["libraries"], [part["data"] for part in about["parts"]]])
    body = f"# {json.dumps(about)}\n{text}".encode()
    contents = f"# srcad {files.FORMAT} {checksum(body)}\n".encode() + body
    files.write(asked.root, asked.key, f"{asked.key}-{digest(depends, 8)}.py", contents)


def _written(asked: Question, variant: Variant, program) -> tuple[dict, str]:
    from srcad.trace.naming import show_kind  # a warm start has no use for it

    guards = tuple(g for g in program.guards.values() if not _is_own(g))
    finder = Finder(asked.target, asked.bound, asked.statics, guards)
    descriptions = asked.descriptions
    functions = _functions(asked.target, program.guards.values())
    ranges = [(f.__code__, last_line(f.__code__)) for f in functions]
    parts, texts = [], []
    for half in variant.halves or (variant,):
        if statics(half.data_kinds):
            raise Unstable("data that holds functions")
        text = half.source
        parts.append({
            "main": half.module.main,
            "functions": [f.name for f in half.module.functions],
            "interpreted": getattr(half.function, "interpreted", {}),
            "boundary": _plain(getattr(half.function, "boundary", None)),
            "refused": sorted(getattr(half.function, "refused", ())),
            "length": len(text),
            "imports": {name: [finder.object(value), descriptions.digest(value)]
                        for name, value in half.module.imports.items()},
            "data": [[d.name, finder.place(d.read), d.stem, finder.kind(kind)]
                     for d, kind in zip(half.data, half.data_kinds)],
            "lines": [_relative(place, ranges) for place in half.module.lines]})
        texts.append(text)
    about = {
        "of": _name(asked.target),
        "what": variant.module.main,
        "kinds": [show_kind(kind) for kind in asked.kinds],
        "guards": [[finder.place(g.read), _expected(g, descriptions), g.what] for g in guards],
        "libraries": _libraries(program.seen.values(), finder, descriptions),
        "functions": [finder.object(f) for f in functions],
        "result": finder.kind(variant.primal_result) if variant.primal_result is not None else None,
        "written": list(variant.written),
        "held": list(variant.held),
        "states": list(variant.states),
        "parts": parts}
    return about, "\n\n".join(texts)


def _is_own(guard: Guard) -> bool:
    """Is it about srcad's own code, whose files every key tells of?"""
    owner = guard.read.owner if isinstance(guard.read, Attribute) else None
    return isinstance(owner, types.FunctionType | type | types.ModuleType) and (
        owner.__name__ if isinstance(owner, types.ModuleType) else owner.__module__ or "").startswith("srcad.") and (
        getattr(owner, "__module__", "") != "srcad.generated")


def _plain(boundary) -> list | None:
    """How the arguments of a compiled function enter and its result leaves."""
    return None if boundary is None else [boundary.entering, boundary.leaving]


def _name(target) -> str:
    return getattr(target, "__qualname__", None) or type(target).__qualname__


def _expected(guard: Guard, descriptions: Descriptions) -> str:
    """What a guard expects: of a function's code or defaults the whole function, for its text counts too."""
    match guard.read:
        case Attribute(owner=types.FunctionType() as function, name="__code__" | "__defaults__" | "__kwdefaults__"):
            return descriptions.digest(function)
        case AttributeOf(name="__self__"):
            if not isinstance(guard.expected, type):          # its attributes have guards of their own
                return digest(("an object", descriptions.of(type(guard.expected))))
    return digest(descriptions.loosely(guard.expected)) if _is_instance(guard.expected) else descriptions.digest(guard.expected)


def _is_instance(value) -> bool:
    """An object that is only looked into through guards, which what is in a frozen set has none of."""
    return not callable(value) and not isinstance(value, type | types.ModuleType | types.CodeType | frozenset)


def _libraries(seen, finder: Finder, descriptions: Descriptions) -> list:
    """What was found in libraries: per object that was looked into its address, the names, and a digest of all found."""
    by_owner: dict[int, tuple[object, list]] = {}
    for guard in seen:
        by_owner.setdefault(id(guard.read.owner), (guard.read.owner, []))[1].append((guard.read.name, guard.expected))
    return [[finder.object(owner), [name for name, _ in found], digest([descriptions.loosely(value) for _, value in found])]
            for owner, found in by_owner.values()]


def _functions(target, guards) -> list[types.FunctionType]:
    """The functions whose lines may be quoted."""
    found: dict[int, types.FunctionType] = {}
    for owner in (target, *(g.read.owner for g in guards if isinstance(g.read, Attribute))):
        if isinstance(owner, types.FunctionType):
            found.setdefault(id(owner), owner)
    return list(found.values())


def _relative(place: Location | None, functions: list[tuple[types.CodeType, int]]) -> list | None:
    """A place in the user's program, counted from the line where its function begins."""
    if place is None:
        return None
    for n, (code, last) in enumerate(functions):
        if code.co_filename == place.filename and code.co_qualname == place.function and (
                code.co_firstlineno <= place.line <= last):
            return [n, place.line - code.co_firstlineno, place.column, place.end_column]
    return None


# --- finding ----------------------------------------------------------------------------------------------------------


def find(asked: Question) -> Variant | None:
    """The variant that answers a question, loaded; None if there is none."""
    paths = files.candidates(asked.root, asked.key)
    if not paths or not files.usable(asked.root, create=False):
        return None
    for path in paths:
        contents = files.read(path)
        read = None if contents is None else parsed(contents)
        if read is None:
            continue
        try:
            variant = _answer(asked, *read)
        except _LOST:
            continue
        if variant is not None:
            files.stamp(path)
            return variant
    return None


def parsed(contents: bytes) -> tuple[dict, str] | None:
    """What a file says of its text, and the text; None if it is not what was written."""
    head, _, body = contents.partition(b"\n")
    words = head.split()
    if words[:3] != [b"#", b"srcad", str(files.FORMAT).encode()] or len(words) != 4 or (
            words[3].decode("ascii", "replace") != checksum(body)):
        return None
    line, _, text = body.decode().partition("\n")
    return json.loads(line[2:]), text


def _answer(asked: Question, about: dict, text: str) -> Variant | None:
    resolver, descriptions = Resolver(asked.target, asked.bound, asked.statics), asked.descriptions
    for owner, names, wanted in about["libraries"]:
        holder = resolver.object(owner)
        if digest([descriptions.loosely(getattr(holder, name)) for name in names]) != wanted:
            return None
    guards = []
    for place, wanted, what in about["guards"]:
        read = resolver.place(place)
        guard = Guard(read, read(), what)
        if _expected(guard, descriptions) != wanted:
            return None
        guards.append(guard)
    functions = functools.cache(lambda: [resolver.object(f) for f in about["functions"]])      # for errors only
    halves, start = [], 0
    for part in about["parts"]:
        source = text[start:start + part["length"]]
        start += part["length"] + 2
        half = _half(asked, resolver, len(halves), part, source, tuple(guards), functions)
        if half is None:
            return None
        halves.append(half)
    variant = halves[0]
    if len(halves) > 1:
        variant.halves = tuple(halves)
    variant.primal_result = None if about["result"] is None else resolver.kind(about["result"])
    variant.written, variant.held = tuple(about["written"]), tuple(about["held"])
    variant.states = tuple(about["states"])
    if asked.request.backend == "numba":
        from srcad.backends.compiled import retry

        retry(variant, asked.again, frozenset(name for part in about["parts"] for name in part["refused"]))
    return variant


def _half(asked: Question, resolver: Resolver, number: int, part: dict, source: str, guards: tuple,
          functions: Callable[[], list]) -> Variant | None:
    data, data_kinds = [], []
    for name, place, stem, written in part["data"]:
        read, kind = resolver.place(place), resolver.kind(written)
        if kind_of(read(), stem, asked.request.small_axes) != kind:
            return None
        data.append(Data(name, read, ("disk", stem), stem))
        data_kinds.append(kind)
    imports = {}
    for name, (address, wanted) in part["imports"].items():
        imports[name] = resolver.object(address)
        if asked.descriptions.digest(imports[name]) != wanted:
            return None
    lines = part["lines"]
    function: Callable = define(source, part["main"], imports, lambda: [_absolute(place, functions()) for place in lines])
    if asked.request.backend == "numba":
        from srcad.backends.compiled import compile_text
        from srcad.backends.entering import Boundary

        function = compile_text(function, source, part["functions"], imports, part["interpreted"], frozenset(part["refused"]),
                                asked.request.fastmath, None if part["boundary"] is None else Boundary(*part["boundary"]))
    return Variant(function, source, asked.kinds, functools.partial(asked.compiled, number), guards, tuple(data),
                   asked.generation, tuple(data_kinds))


def _absolute(place: list | None, functions: list[types.FunctionType]) -> Location | None:
    """The place in the user's program as it stands now."""
    if place is None:
        return None
    n, line, column, end = place
    function = functions[n]
    code = function.__code__
    lines = lines_of(code.co_filename, function.__globals__)
    number = code.co_firstlineno + line
    return Location(code.co_filename, number, column, end, lines[number - 1].rstrip("\n") if number <= len(lines) else "",
                    code.co_qualname)


