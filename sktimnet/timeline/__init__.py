"""Long recordings and live audio, window by window."""

from sktimnet.timeline._answers import (
    NO_SPEECH,
    UNLIKE,
    Answer,
    check_windows,
    longest_trained,
    make_answer,
    predict_spoken,
)
from sktimnet.timeline._live import live
from sktimnet.timeline._timeline import Timeline, timeline

__all__ = [
    "NO_SPEECH",
    "UNLIKE",
    "Answer",
    "Timeline",
    "check_windows",
    "live",
    "longest_trained",
    "make_answer",
    "predict_spoken",
    "timeline",
]
