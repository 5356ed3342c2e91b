"""What joblib's backends can do: :func:`return_as`."""

from __future__ import annotations

from typing import Literal

from joblib.parallel import get_active_backend


def return_as(prefer: Literal["threads", "processes"] | None = None) -> Literal["generator", "list"]:
    """Tell how :class:`joblib.Parallel` can return results, each as it is ready or all in the end.

    Parameters
    ----------
    prefer : {"threads", "processes"} or None, default=None
        As joblib takes it.

    Returns
    -------
    {"generator", "list"}
        "list" where the active backend gives no results before the end, as those of ray and multiprocessing.
    """
    backend, _ = get_active_backend(prefer=prefer)
    return "generator" if backend.supports_return_generator else "list"
