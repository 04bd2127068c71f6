"""What a pass does, as source: the text of a gradient without the pass, and with it. Used by the examples in each pass."""

from __future__ import annotations

from srcad.optimize import pipeline

#: Passes of which another does a part, and would hide what is left out.
_TOGETHER = {"dead": ("dead", "dead again"), "tapes": ("tapes", "unread"), "primal tuples": ("primal tuples", "tuples")}


def show(name: str, f, *args, argnums=0, **options) -> None:
    """Print the generated statements with a pass left out; how often the pass did something; the statements with it."""
    counted, together = [], _TOGETHER.get(name, (name,))

    def watch(function, step, count):
        if step.name in together and step.name != "dead again":
            counted.append(count)

    with pipeline.without(*together):
        before = _statements(f, args, argnums, options)
    with pipeline.watched(watch):
        after = _statements(f, args, argnums, options)
    print("\n".join([*before, f"--> {sum(counted)}", *after]))


def _statements(f, args: tuple, argnums, options: dict) -> list[str]:
    from srcad.api import grad

    derivative = grad(f, argnums, **options)
    source = derivative._variant(*derivative._calling.bind(args, {})).source
    lines = [line.partition("  #")[0].rstrip() for line in source.splitlines()[1:]]
    return [line[4:] if line.startswith(" ") else line for line in lines if line.strip() and not line.strip().startswith("#")]
