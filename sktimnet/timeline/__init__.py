"""Long recordings and live audio, window by window."""

from sktimnet.timeline._answers import Answer
from sktimnet.timeline._live import live
from sktimnet.timeline._timeline import Timeline, timeline

__all__ = ["Answer", "Timeline", "live", "timeline"]
