"""A fitted pipeline as an ONNX model, from waveform to probabilities: :func:`export`."""

from sktimnet.export._comparing import largest_difference
from sktimnet.export._export import export
from sktimnet.export._onnx import require_onnx

__all__ = ["export", "largest_difference", "require_onnx"]
