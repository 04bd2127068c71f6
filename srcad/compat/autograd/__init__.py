"""autograd's interface: a program written for autograd runs with its imports changed.

    from srcad.compat.autograd import grad                 # from autograd import grad
    import srcad.compat.autograd.numpy as np               # import autograd.numpy as np

Argument order and results are autograd's; the derivatives are srcad's, so that what cannot be differentiated exactly is
refused. ``srcad.compat.autograd.numpy`` has NumPy's own functions: plain ``import numpy as np`` does as well.
"""


from srcad.compat.autograd.builtins import dict, isinstance, list, tuple, type
from srcad.compat.autograd.differential_operators import (
    checkpoint,
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_jvp_reversemode,
    make_vjp,
    multigrad_dict,
    tensor_jacobian_product,
    value_and_grad,
    vector_jacobian_product,
)
from srcad.compat.autograd.extend import defjvp, defvjp, primitive
from srcad.compat.autograd.misc.flatten import flatten
from srcad.compat.autograd.test_util import check_grads

__all__ = [
    "check_grads",
    "checkpoint",
    "defjvp",
    "defvjp",
    "deriv",
    "dict",
    "elementwise_grad",
    "flatten",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "isinstance",
    "jacobian",
    "list",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "primitive",
    "tensor_jacobian_product",
    "tuple",
    "type",
    "value_and_grad",
    "vector_jacobian_product",
]
