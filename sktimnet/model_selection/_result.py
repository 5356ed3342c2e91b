"""Base of all results: to tables, data frames and JSON files, and back from JSON; and numbers as text."""

from __future__ import annotations

import json
import os
import textwrap
import warnings
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Self

from sktimnet.tables import as_frame
from sktimnet.validation import check_path

if TYPE_CHECKING:
    import pandas

_FORMAT = 1  # of the JSON files
_WIDTH = 96
FITTED_ELSEWHERE = (
    "Fitted elsewhere: this estimator, or a part of it, was trained before the evaluation; its training clips, their "
    "speakers and the choice of its epoch are taken on trust."
)


class Result:
    """Base of the dataclasses that experiments return."""

    def to_table(self) -> list[dict[str, Any]]:
        """Return rows as dicts that share their keys."""
        raise NotImplementedError

    def to_frame(self) -> pandas.DataFrame:
        """Return :meth:`to_table` as a :class:`pandas.DataFrame`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return as_frame(self.to_table)

    def to_json(self, path: str | os.PathLike) -> None:
        """Write all fields to a JSON file, with a summary for other programs.

        Parameters
        ----------
        path : str or path-like
            The file; an existing one is replaced.
        """
        document = {"format": _FORMAT, "kind": type(self).__name__, "summary": self._summary(), **asdict(self)}  # type: ignore[call-overload]
        check_path(path, "path").write_text(
            json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def from_json(cls, path: str | os.PathLike) -> Self:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        result
            Equal to the one written.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        try:
            document = json.loads(check_path(path, "path").read_text(encoding="utf-8"))
        except (ValueError, RecursionError):  # no JSON, or no text at all
            document = None
        head = (document.get("format"), document.get("kind")) if isinstance(document, dict) else None
        if head != (_FORMAT, cls.__name__):
            raise ValueError(f"{str(path)!r} holds no {cls.__name__} in format {_FORMAT}, which to_json writes.")
        try:
            result = cls._from_document({field.name: document[field.name] for field in fields(cls)})  # type: ignore[arg-type]
            with warnings.catch_warnings(action="error", category=RuntimeWarning):  # of a mean over nothing
                str(result)  # damaged values show where they are used
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeWarning) as error:
            raise ValueError(f"{str(path)!r} is damaged ({type(error).__name__}: {error}).") from error
        return result

    @classmethod
    def _from_document(cls, values: dict[str, Any]) -> Self:
        """Build the result from its fields as JSON holds them."""
        return cls(**values)

    def _summary(self) -> dict[str, Any]:
        """Return figures derived from the fields, for other programs that read the file."""
        raise NotImplementedError


def percent(fraction: float | None) -> str:
    """Format a fraction as percent with one decimal."""
    return "-" if fraction is None else f"{100 * fraction:.1f}"


def plus_minus(mean: float, sd: float | None) -> str:
    """Format mean and SD as percent."""
    return percent(mean) if sd is None else f"{percent(mean)} +/- {percent(sd)}"


def wrapped(text: str, indent: str = "") -> list[str]:
    """Break text into lines that fit a terminal."""
    return textwrap.wrap(text, _WIDTH, subsequent_indent=indent)
