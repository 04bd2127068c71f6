"""The one family of errors.

Every error that srcad raises by itself is a :class:`SrcadError`. Where it concerns a place in the user's program it
carries that place: file, line, the source line with a caret, what is wrong, and what to write instead.
"""

from __future__ import annotations

from typing import Final

from srcad.immutable import Immutable


class Location(Immutable):
    """A place in the user's source.

    Attributes
    ----------
    filename : str
        The file as the code object names it.
    line : int
        Line number in the file, from 1.
    column : int
        Offset in characters, from 0.
    end_column : int
        Offset of the end of the construct if it ends on the same line, else -1.
    text : str
        The source line, as written.
    function : str
        Name of the function it is in.
    """

    __slots__ = ("filename", "line", "column", "end_column", "text", "function")

    def __init__(self, filename: str = "<unknown>", line: int = 0, column: int = 0, end_column: int = -1, text: str = "",
                 function: str = "") -> None:
        self.filename: Final = filename
        self.line: Final = line
        self.column: Final = column
        self.end_column: Final = end_column
        self.text: Final = text
        self.function: Final = function

    def show(self) -> str:
        """The place as Python shows it: file, line, the source line and a caret."""
        lines = [f'  File "{self.filename}", line {self.line}' + (f", in {self.function}" if self.function else "")]
        if self.text.strip():
            indent = len(self.text) - len(self.text.lstrip())
            width = max(1, self.end_column - self.column) if self.end_column >= 0 else 1
            lines.append("    " + self.text.strip())
            lines.append("    " + " " * max(0, self.column - indent) + "^" * width)
        return "\n".join(lines)


NOWHERE = Location()


class CacheWarning(UserWarning):
    """The disk cache cannot be used."""


class SrcadError(Exception):
    """Base class of all errors of srcad.

    Parameters
    ----------
    reason : str
        What is wrong.
    advice : str
        What to do about it.
    location : Location
        Where in the user's source, if anywhere.
    """

    def __init__(self, reason: str, advice: str = "", location: Location = NOWHERE):
        self.reason = reason
        self.advice = advice
        self.location = location
        super().__init__(reason, advice, location)

    def public(self) -> SrcadError:
        """The error as an instance of a class of this module: the compiler has narrower ones, for itself. One that is another
        error too is so for who catches it, and stays what it is."""
        cls = next(c for c in type(self).__mro__ if c.__module__ == __name__ or len(c.__bases__) > 1)
        return cls(self.reason, self.advice, self.location)

    @property
    def filename(self) -> str:
        return self.location.filename

    @property
    def line(self) -> int:
        return self.location.line

    @property
    def source_line(self) -> str:
        return self.location.text

    def at(self, location: Location) -> SrcadError:
        """This error, placed at `location` unless it already has a place."""
        if self.location.line == 0:
            self.location = location
            self.args = (self.reason, self.advice, location)
        return self

    def __str__(self) -> str:
        parts = [self.reason]
        if self.location.line:
            parts.append(self.location.show())
        if self.advice:
            parts.append("  " + self.advice)
        return "\n".join(parts)


class SourceError(SrcadError):
    """The source of a function cannot be found or read."""


class UnsupportedError(SrcadError):
    """The program uses something that srcad refuses to differentiate."""


class NoRuleError(SrcadError):
    """An active value reaches a function that srcad has no derivative rule for."""


class LostDerivativeError(SrcadError):
    """A derivative would be lost silently, as by a store into an integer array."""


class KindError(SrcadError):
    """An argument or a value is of a kind for which the operation has no derivative."""


class DisconnectedError(SrcadError):
    """The result does not depend on an argument it is to be differentiated by."""


class ArgumentError(SrcadError, TypeError):
    """A public function of srcad is called in a way that makes no sense."""


class VerifyError(SrcadError):
    """A Trace breaks the laws of the intermediate form: a bug in srcad, please report it."""


class VariantLimitWarning(UserWarning):
    """A function has been compiled for more kinds of arguments than is sensible."""
