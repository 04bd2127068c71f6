"""What `import srcad` loads: what is needed to define a derivative and to find it on the disk, and no more."""

import os
import subprocess
import sys

#: All of srcad that is loaded at once. Whoever adds to it makes every program start later: `benchmarks/transform.py`.
AT_ONCE = {
    "srcad", "srcad.api", "srcad.caching", "srcad.calling", "srcad.checkpointing", "srcad.derivative", "srcad.diskcache",
    "srcad.diskcache.addresses", "srcad.diskcache.descriptions", "srcad.diskcache.environment", "srcad.diskcache.files",
    "srcad.errors", "srcad.generated", "srcad.immutable", "srcad.modes", "srcad.places", "srcad.requests", "srcad.rules",
    "srcad.rules.registry", "srcad.runtime", "srcad.runtime.objects", "srcad.runtime.shapes", "srcad.runtime.sums",
    "srcad.runtime.values", "srcad.seeds", "srcad.structure", "srcad.trace", "srcad.trace.kinds"}
#: What only some programs need. (Where the cache is on, its directory is asked of platformdirs, which loads much.)
LATER = {"ast", "dataclasses", "gast", "astunparse", "platformdirs", "pathlib", "shutil", "urllib.parse", "random", "scipy",
         "numba", "inspect"}


def loaded(program: str, **environment: str) -> set[str]:
    """The modules that a program loads, NumPy and what comes with it not counted."""
    text = f"import sys, numpy\nbefore = set(sys.modules)\n{program}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True,
                          env=os.environ | {"SRCAD_CACHE": "0"} | environment)
    return set(done.stdout.split())


def test_what_is_loaded_at_once():
    found = loaded("import srcad")
    assert {name for name in found if name.partition(".")[0] == "srcad"} == AT_ONCE
    assert not found & LATER


def test_defining_a_derivative_loads_nothing():
    program = "import srcad\nbefore = set(sys.modules)\ng = srcad.grad(lambda x: x * x)\nsrcad.vjp, srcad.tangent(g)"
    assert loaded(program) == set()


def test_everything_public_is_found():
    program = ("import srcad\nassert all(hasattr(srcad, name) for name in srcad.__all__)\n"
               "from srcad import *\nassert callable(trace)")
    assert {"srcad.testing", "srcad.custom"} <= loaded(program)


def test_the_trace_function_is_no_module():
    loaded("import srcad.trace.ir, srcad.compile\nfrom srcad import trace\nassert trace is srcad.trace and callable(trace)")


def test_helpers_are_loaded_one_module_at_a_time():
    found = loaded("from srcad.runtime import unpick\nimport srcad.runtime\nassert srcad.runtime.unpick is unpick\n"
                   "assert 'window' in dir(srcad.runtime)")
    assert "srcad.runtime.positions" in found and "srcad.runtime.calculus" not in found


def test_a_helper_that_is_not_there():
    loaded("import srcad.runtime\ntry:\n    srcad.runtime.nothing\nexcept AttributeError as error:\n"
           "    assert 'nothing' in str(error)\nelse:\n    raise AssertionError")
