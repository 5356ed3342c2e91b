"""Rows of results as a data frame, for those who have pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


def as_frame(to_table: Callable[[], list[dict[str, Any]]]) -> pandas.DataFrame:
    """Return the rows that ``to_table`` gives as a data frame.

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_frame needs pandas (pip install pandas); to_table gives the same rows.") from error
    return pandas.DataFrame(to_table())
