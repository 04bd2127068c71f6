"""Objects compared by their parts, and what is made of them."""

import doctest
import pickle

import pytest

from srcad import immutable
from srcad.calling import Layout
from srcad.errors import Location
from srcad.specialise.closures import InnerLayout
from srcad.trace import kinds as k


def test_the_example():
    tried = doctest.testmod(immutable)
    assert tried.attempted and not tried.failed


def test_classes_are_told_apart():
    assert k.Tape((k.FLOAT,)) != k.Cursor((k.FLOAT,)) and k.Range() != k.Numeric() and k.Range() == k.RANGE
    assert k.TupleOf((k.FLOAT,)) == k.TupleOf((k.Scalar(float),)) and hash(k.TupleOf(())) == hash(k.TupleOf(()))
    assert k.TupleOf((k.FLOAT,)) != k.TupleOf((k.FLOAT,), tuple)


def test_parts_of_a_subclass_come_after_those_of_its_base():
    layout = InnerLayout(("x",), (0,), (0,), 1, object(), "key", 2)
    assert InnerLayout.__match_args__ == ("names", "form", "styles", "positional", "closure", "key", "captured")
    changed = layout.but(names=("y",))
    assert type(changed) is InnerLayout and changed.names == ("y",) and changed.closure is layout.closure
    assert changed != layout and changed.but(names=("x",)) == layout


def test_inner_layouts_are_compared_by_the_key_that_stands_for_the_closure():
    one, other = (InnerLayout(("x",), (0,), (0,), 1, object(), "key", 2) for _ in range(2))
    assert one == other and len({one, other}) == 1 and one != Layout(("x",), (0,), (0,), 1)


def test_a_part_that_is_no_slot_cannot_be_set():
    with pytest.raises(AttributeError):
        k.FLOAT.shape = ()
    with pytest.raises(KeyError, match="__slots__"):
        type("Forgotten", (immutable.Immutable,), {})


def test_they_are_pickled():
    place = Location("program.py", 3, 4, text="y = x")
    assert pickle.loads(pickle.dumps(place)) == place and repr(Location("a.py", 1)).startswith("Location(filename='a.py', line=1")
