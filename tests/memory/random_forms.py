"""More statements of random programs: matrices and their views, masks, index arrays, lists and dicts of arrays, loops that skip.

Enters: a `random_programs.Generator` and what is known of the names. Leaves: statements, as `random_programs` has them.
"""

from __future__ import annotations

N = 4


def statement(g, names, depth: int):
    """One of the forms below."""
    forms = [matrix_write, matrix_write, masked, masked, gathered, stencil, matrix_view, swapped_rows, reused_index, list_state,
             list_state, dict_state, view_of_a_view, crossing]
    if depth < 2:
        forms += [rows, zipped, skipping, sweep, list_loop]
    return g.r.choice(forms)(g, names, depth)


def matrix(g, names) -> tuple[str, int, int]:
    """A matrix by name, and its shape."""
    return g.r.choice([("A", N, N), *((m, *shape) for m, shape in names.views.items())])


def part(g, n: int) -> tuple[str, int]:
    """A slice of an axis, and how much it takes."""
    r = g.r
    choice = r.random()
    if choice < 0.3:
        return ":", n
    if choice < 0.45:
        return "::-1", n
    if choice < 0.6 and n > 1:
        return "::2", (n + 1) // 2
    k = r.randint(0, n - 1)
    m = r.randint(k + 1, n)
    return f"{k}:{m}", m - k


def matrix_write(g, names, depth):
    """``A[1:, ::2] += ...`` of a vector, a number, or another part of the matrix."""
    r = g.r
    m, rows, columns = matrix(g, names)
    first, k = part(g, rows)
    second, n = part(g, columns)
    op = r.choice(["=", "+=", "-=", "*="])
    if r.random() < 0.25:
        return f"{m}[..., {r.randint(0, columns - 1)}] {op} {g.vector(rows, names, 1)}"
    if r.random() < 0.2:
        return f"{m}[{first}, {second}] {op} np.sin({m}[{first}, {second}].copy())"
    if r.random() < 0.2:
        return f"{m}[{first}, {second}] {op} {g.vector(k, names, 1)}[:, None]"
    return f"{m}[{first}, {second}] {op} {r.choice([g.vector(n, names, 1), g.number(names, 1)])}"


def masked(g, names, depth):
    r = g.r
    v = r.choice(list(names.vectors))
    n = names.vectors[v]
    mask = f"np.real({r.choice([v, g.vector(n, names, 0)])}) > {r.uniform(-0.3, 0.5):.2f}"
    name = g.name("m")
    value = r.choice([f"{g.vector(n, names, 1)}[{name}]", g.number(names, 1), f"np.sin({v}[{name}])"])
    if r.random() < 0.2:
        value = r.choice([g.number(names, 1), f"np.sin(A[{name}])"])
        return (f"{name} = np.real(A) > {r.uniform(-0.3, 0.5):.2f}", None), f"A[{name}] {r.choice(['=', '*=', '+='])} {value}"
    return (f"{name} = {mask}", None), f"{v}[{name}] {r.choice(['=', '+=', '*='])} {value}"


def gathered(g, names, depth):
    """Index arrays, with repeats, of one and of two axes."""
    r = g.r
    places = [r.randint(0, N - 1) for _ in range(r.randint(2, 4))]
    others = [r.randint(0, N - 1) for _ in places]
    value = r.choice([g.vector(len(places), names, 1), g.number(names, 1)])
    op = r.choice(["=", "+=", "*="])
    return r.choice([f"A[{places}, {others}] {op} {value}", f"np.add.at(A, ({places}, {others}), {value})",
                     f"A[np.array({places})] {op} {g.vector(N, names, 1)}", f"A[:, {places}] {op} {value}",
                     f"A[{r.randint(0, N - 1)}, {places}] {op} {value}", f"np.add.at(A, {places}, {g.vector(N, names, 1)})"])


def stencil(g, names, depth):
    r = g.r
    c = g.number(names, 0)
    return r.choice([f"A[1:-1, 1:-1] += 0.1 * (A[2:, 1:-1] + A[:-2, 1:-1] - {c} * A[1:-1, 1:-1])",
                     f"A[1:] -= {c} * A[:-1] * A[1:]", f"x[1:-1] = 0.5 * (x[:-2] + {c} * x[2:])", "y[1:] += x[:-1] * y[:-1]",
                     f"A[:] = A @ A * 0.3 + {c}", "x[:] = A @ y", "A += np.outer(x, y)", "A[:, 1:] = A[:, :-1]",
                     "y[:] = np.where(np.real(x) > 0.1, x * y, y)", "x[:] = np.cumsum(x)", f"A[::-1] = {c} * A",
                     "x[:], y[:] = y, x.copy()", "A[:] = A[::-1, ::-1].T"])


def matrix_view(g, names, depth):
    """A name for part of a matrix."""
    m, rows, columns = matrix(g, names)
    first, k = part(g, rows)
    second, n = part(g, columns)
    name = g.name("B")
    kind = g.r.random()
    if kind < 0.2:
        names.views[name] = columns, rows
        return f"{name} = {m}.T"
    if kind < 0.35 and names.vectors:
        full = [v for v, size in names.vectors.items() if size == N]
        names.views[name] = 2, 2
        return f"{name} = {g.r.choice(full)}.reshape(2, 2)"
    if kind < 0.45:
        full = [v for v, size in names.vectors.items() if size == N]
        names.views[name] = 1, N
        return f"{name} = {g.r.choice(full)}[None, :]"
    names.views[name] = k, n
    return f"{name} = {m}[{first}, {second}]"


def view_of_a_view(g, names, depth):
    """A row, column or diagonal part of a view."""
    r = g.r
    m, rows, columns = matrix(g, names)
    name = g.name("v")
    if r.random() < 0.5:
        names.vectors[name] = columns
        return f"{name} = {m}[{r.randint(-rows, rows - 1)}]"
    names.vectors[name] = rows
    return f"{name} = {m}[:, {r.randint(-columns, columns - 1)}]"


def swapped_rows(g, names, depth):
    i, j = g.r.sample(range(N), 2)
    return g.r.choice([f"A[[{i}, {j}]] = A[[{j}, {i}]]", f"A[{i}], A[{j}] = A[{j}].copy(), A[{i}].copy()",
                       f"A[:, [{i}, {j}]] = A[:, [{j}, {i}]]"])


def reused_index(g, names, depth):
    """An index array that is overwritten after its use."""
    r = g.r
    name = g.name("k")
    v = r.choice(list(names.vectors))
    n = names.vectors[v]
    places = [r.randint(0, n - 1) for _ in range(2)]
    use = r.choice([f"{v}[{name}] = {g.vector(2, names, 1)}", f"np.add.at({v}, {name}, {g.number(names, 1)})",
                    f"{v}[{name}[1]] *= {g.number(names, 1)}", f"{v}[{name}] *= {g.number(names, 1)}"])
    return ((f"{name} = np.array({places})", None), use, f"{name}[0] = {r.randint(0, n - 1)}",
            f"{v}[{name}] += {g.number(names, 1)}")


def list_state(g, names, depth):
    """A list of arrays: made, or changed."""
    r = g.r
    if not names.lists or r.random() < 0.25:
        if depth:
            return f"x[{r.randint(0, N - 1)}] += {g.number(names, 1)}"
        name = g.name("q")
        full = [v for v, n in names.vectors.items() if n == N]
        items = [r.choice([r.choice(full), f"{g.vector(N, names, 1)} * 1.0"]) for _ in range(3)]
        names.lists.append(name)
        return f"{name} = [{', '.join(items)}]"
    q = r.choice(names.lists)
    i, j = r.randint(0, 2), r.randint(0, 2)
    name = g.name("v")
    choice = r.random()
    if choice < 0.2:
        return f"{q}[{i}][{g.index(N, names)}] {r.choice(['=', '+=', '*='])} {g.number(names, 1)}"
    if choice < 0.4:
        return f"{q}[{i}] {r.choice(['+=', '*='])} {g.vector(N, names, 1)}"
    if choice < 0.55:
        return f"{q}[{i}] = {g.vector(N, names, 1)} * 1.0"
    if choice < 0.7:
        return f"{q}[{i}], {q}[{j}] = {q}[{j}], {q}[{i}]"
    if choice < 0.8:
        names.vectors[name] = N
        return f"{name} = {q}[{i}]"
    if choice < 0.9:
        return f"{q}[{i}][1:] = {q}[{j}][:-1]"
    names.vectors[name] = N
    return f"{name} = np.array({q}).sum(axis=0)"


def dict_state(g, names, depth):
    """A dict of two arrays, used at once."""
    r = g.r
    name = g.name("d")
    full = [v for v, n in names.vectors.items() if n == N]
    a, b = r.choice(full), r.choice(full)
    line = r.choice([f"{name}['p'] += 0.3 * {name}['q']", f"{name}['p'][1:] *= {name}['q'][:-1]",
                     f"{name}['p'], {name}['q'] = {name}['q'], {name}['p']", f"{name}['q'] = np.sin({name}['p'])"])
    vector, value = g.name("v"), g.number(names, 1)
    names.vectors[vector] = N
    return ((f"{name} = {{'p': {a}, 'q': {r.choice([b, f'{b}.copy()'])}}}", None), line, f"{name}['p'][0] = {value}",
            f"{vector} = {name}['q']")


def crossing(g, names, depth):
    """Lines of one matrix, given to each other."""
    i, j = g.r.randint(0, N - 1), g.r.randint(0, N - 1)
    return g.r.choice([f"A[:, {i}] += A[{j}]", f"A[{i}] *= A[:, {j}]", f"A[{i}] = A[:, {j}].copy()", f"A[{i}, :] = A[{j}, ::-1]",
                       f"A.T[{i}] -= A[{j}]", f"A[{i}] = A[{j}] * A[:, {i}]"])


# --- loops ------------------------------------------------------------------------------------------------------------


def rows(g, names, depth):
    """Rows that are views, with their number."""
    inner = names.copy()
    i, row = g.name("i"), g.name("row")
    m, k, n = matrix(g, names)
    inner.vectors[row] = n
    if k <= N - 1:
        inner.counters.append(i)
    line = f"{row}[{g.r.randint(0, n - 1)}] {g.r.choice(['=', '*='])} {g.number(inner, 1)}"
    return (f"for {i}, {row} in enumerate({m}):", [*g.block(inner, 2, depth + 1), line])


def zipped(g, names, depth):
    """Two iterables at once, one of which is written to."""
    inner = names.copy()
    row, e = g.name("row"), g.name("s")
    inner.vectors[row] = N
    inner.numbers.append(e)
    return (f"for {row}, {e} in zip(A, {g.r.choice(['x', 'y', 'x[::-1]'])}):", [f"{row} *= {e}", *g.block(inner, 2, depth + 1)])


def skipping(g, names, depth):
    """A loop with ``continue`` and ``else``."""
    r = g.r
    inner = names.copy()
    i = g.name("i")
    inner.counters.append(i)
    test = f"if np.real({g.number(inner, 1)}) > {r.uniform(-0.5, 0.5):.2f}:"
    body = [*g.block(inner, 1, depth + 1), (test, [r.choice(["continue", "break"])]), *g.block(inner, 2, depth + 1)]
    loop = (f"for {i} in range({N - 1}):", body)
    if r.random() < 0.4:
        return (loop, None), ("else:", g.block(names.copy(), 1, depth + 1))
    return loop


def sweep(g, names, depth):
    """A recurrence, forwards and backwards."""
    v, w = (g.r.choice([v for v, n in names.vectors.items() if n == N]) for _ in range(2))
    i = g.name("i")
    return (f"for {i} in {g.r.choice([f'range(1, {N})', f'range({N - 1}, 0, -1)'])}:",
            [g.r.choice([f"{v}[{i}] -= {w}[{i} - 1] * 0.5 * {v}[{i} - 1]", f"{v}[{i} - 1] = np.sin({v}[{i}]) * {w}[{i}]",
                         f"{v}[{i}], {w}[{i} - 1] = {w}[{i}] * 0.5, {v}[{i} - 1] + {v}[{i}]",
                         f"A[{i}] -= A[{i} - 1] * {v}[{i}]", f"{v}[:{i}] *= {w}[{i}]", f"A[{i}:, {i} - 1] += A[{i} - 1, {i}:]"])])


def list_loop(g, names, depth):
    """A loop over a list of arrays."""
    if not names.lists:
        return list_state(g, names, depth)
    inner = names.copy()
    v = g.name("v")
    inner.vectors[v] = N
    return (f"for {v} in {g.r.choice(names.lists)}:", [f"{v}[{g.r.randint(0, 3)}] {g.r.choice(['=', '*='])} {g.number(inner, 1)}",
                                                       *g.block(inner, 1, depth + 1)])
