"""The functions that generated code may call besides Python's and NumPy's own.

Each is plain Python over NumPy, has a derivative rule of its own (so that derivatives of any order exist), and is
copied into a saved module that uses it. Generated code, rules and the compiler call them by the name of this package,
which loads the module that a function is in when it is first asked for: a program that only runs derivatives needs few.
"""

import importlib
from typing import Any

#: What is in which module.
_HELPERS = {
    "algebra": (
        "as_complex", "band_outer", "band_product", "band_transposed", "block_triangular", "cofactors", "cross",
        "fit_residuals", "if_definite", "inverse", "join_blocks", "minors", "off_cut", "pivot_order", "polar_factor",
        "split_blocks",),
    "buffers": ("add_all", "add_each", "expect_row", "extremes", "in_large_pages", "reserve", "set_items"),
    "calculus": (
        "neighbour_sum", "place_window", "read_window", "spread_neighbours", "sum_windows", "undiff", "ungradient",
        "widen_end", "window",),
    "edges": ("check_divisor", "divide_or_zero", "product_of_others", "recurrence", "recurrence_back", "shift", "shift_back"),
    "fourier": ("fit_shape", "twice_inner"),
    "generators": ("generator_state", "set_generator"),
    "joining": (
        "as_form", "join_rows", "join_stacked", "nest_like", "split_like", "split_stacked", "unstack_like", "without_gaps"),
    "keys": ("add_place", "clear_places", "copy_places", "has_place", "keys_of", "place_of", "places_of", "remove_place"),
    "memory": (
        "along_axis", "check_apart", "check_bound", "check_has_value", "check_length", "check_once", "check_order",
        "check_separate", "check_unshared", "copy_arrays", "copy_memory", "flat_numbers", "last_writers", "numbers_at",
        "piece_length", "piece_start", "rounds", "shape_at", "snapshot",),
    "objects": ("attributes_of", "is_made_by_python", "is_opaque", "make_like", "map_attributes"),
    "picking": (
        "join_kron", "mean_of_equal", "on_diagonals", "place_diagonal", "sort_like", "split_kron", "spread_pieces",
        "unpad_odd", "unrepeat", "unsort_like", "untake", "untake_along", "untile", "with_chosen",),
    "positions": (
        "broadcast_each", "crop", "mesh_each", "pick", "split_block", "unbroadcast_each", "unchoose", "unmesh", "unpick",
        "unselect",),
    "schedules": ("first_sweep", "pairs", "places", "schedule", "stretches"),
    "series": ("negligible_head", "padded", "trim_series", "untrimmed"),
    "shapes": (
        "broadcast_like", "count_along", "expand_reduced", "fit_vectors", "inverse_permutation", "reshape_back",
        "reshape_like",
        "unbroadcast", "unroll_axis",),
    "signals": ("in_full_signal", "lagged_back", "lagged_products", "lagged_sum", "out_of_full_signal", "pad_last"),
    "special": ("bessel_i", "log_of_base", "numbers_of", "polygamma", "spherical_bessel"),
    "sums": (
        "add_item", "add_items", "add_slice", "add_to_item", "adjoint_or_zeros", "copy_adjoint", "fit_derivative",
        "fold_repeats", "scalar_seed", "spread_sum",),
    "values": (
        "add_adjoints", "as_list", "as_rows", "match_kind", "whole_power", "whole_product", "whole_shift", "whole_sum",
        "zeros_like",),
}
_MODULES = {name: module for module, names in _HELPERS.items() for name in names}

__all__ = ["is_helper", *_MODULES]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def is_helper(function) -> bool:
    """Is it one of these functions?"""
    return (getattr(function, "__module__", None) or "").startswith("srcad.runtime.")
