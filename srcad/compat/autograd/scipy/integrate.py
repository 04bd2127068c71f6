"""scipy.integrate itself: importing this module gives that one."""

import sys

import scipy.integrate

sys.modules[__name__] = scipy.integrate
