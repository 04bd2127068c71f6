"""scipy.signal itself: importing this module gives that one."""

import sys

import scipy.signal

sys.modules[__name__] = scipy.signal
