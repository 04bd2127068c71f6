"""scipy.special itself: importing this module gives that one."""

import sys

import scipy.special

sys.modules[__name__] = scipy.special
