"""Limits of the sizes that the paper's networks share."""

from numbers import Integral, Real

from sktimnet.validation import Interval

#: For the `_parameter_constraints` of their classifiers.
SIZE_CONSTRAINTS: dict = {
    "n_blocks": [Interval(Integral, 1, 32, closed="both")],  # the last dilation is 2^31 frames, about a year
    "n_filters": [Interval(Integral, 1, None, closed="left")],
    "kernel_size": [Interval(Integral, 1, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "batch_norm_momentum": [Interval(Real, 0, 1, closed="right")],
}
