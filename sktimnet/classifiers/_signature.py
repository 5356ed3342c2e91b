"""Signatures of constructors that hand parameters on: :func:`with_inherited`."""

from __future__ import annotations

import inspect
from collections.abc import Callable


def with_inherited(function: Callable, inherited: Callable) -> inspect.Signature:
    """Return a function's signature with another's keyword-only parameters in place of ``**kwargs``."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    if len(own) == len(signature.parameters):
        return signature
    names = {p.name for p in own}
    more = [p for p in inspect.signature(inherited).parameters.values() if p.kind is p.KEYWORD_ONLY]
    return signature.replace(parameters=[*own, *(p for p in more if p.name not in names)])
