"""scipy.linalg itself: importing this module gives that one."""

import sys

import scipy.linalg

sys.modules[__name__] = scipy.linalg
