"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    r"""Align cells in columns that are two spaces apart.

    Parameters
    ----------
    rows : sequence of sequence of str
        The cells of each line, as many in each; the first line may be the heads of the columns.
    left : int, default=1
        How many columns, from the first, are aligned to the left; the others are aligned to the right.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> from sktimnet.model_selection._tables import text_table
    >>> print("\n".join(text_table([["corpus", "clips"], ["EMODB", "535"]])))
    corpus    clips
    EMODB       535
    """
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    align = [str.ljust if i < left else str.rjust for i in range(len(widths))]
    return ["".join(put(cell, width) for put, cell, width in zip(align, row, widths, strict=True)) for row in rows]
