"""The networks as plain torch modules: :class:`TIMNet` (the paper's section 2.2) and its baseline :class:`TCN`.

Each network is one file, in the order and the symbols of its paper: start with `_timnet.py`. :class:`Network` is the
base class of all; `_kernels.py` holds the fast convolutions, `_runs.py` how clips of several lengths stand in a batch.
"""

from sktimnet.nn._network import Network
from sktimnet.nn._sub_block import SubBlock, prepared
from sktimnet.nn._sub_block import SubBlock as _SubBlock  # noqa: F401  the name in pickles of version 0.1
from sktimnet.nn._tcn import TCN, ResidualBlock
from sktimnet.nn._tcn import ResidualBlock as _ResidualBlock  # noqa: F401  the name in pickles of version 0.1
from sktimnet.nn._timnet import TemporalAwareBlock, TIMNet

__all__ = ["TCN", "Network", "ResidualBlock", "SubBlock", "TIMNet", "TemporalAwareBlock", "prepared"]
