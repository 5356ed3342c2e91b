"""Plots of reports and fitted networks, in matplotlib: each takes ``ax=`` and returns the axes it drew on.

They need matplotlib: ``pip install "sktimnet[plot]"``.
"""

from sktimnet.plotting._attention import plot_attention
from sktimnet.plotting._comparison import plot_comparison
from sktimnet.plotting._confidence import plot_coverage, plot_reliability
from sktimnet.plotting._network import plot_embedding, plot_fusion_weights
from sktimnet.plotting._robustness import plot_robustness
from sktimnet.plotting._scores import plot_confusion_matrix, plot_learning_curves
from sktimnet.plotting._timeline import plot_timeline

__all__ = [
    "plot_attention",
    "plot_comparison",
    "plot_confusion_matrix",
    "plot_coverage",
    "plot_embedding",
    "plot_fusion_weights",
    "plot_learning_curves",
    "plot_reliability",
    "plot_robustness",
    "plot_timeline",
]
