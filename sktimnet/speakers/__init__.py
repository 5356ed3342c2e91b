"""Classify new speakers: :class:`SpeakerNormalizedClassifier`, and clips that come with their speaker's name."""

from sktimnet.speakers._classifier import SpeakerNormalizedClassifier
from sktimnet.speakers._scaling import held_out_folds, scale_by_speaker
from sktimnet.speakers._tables import clips_and_speakers, replace_clips, with_speakers

__all__ = [
    "SpeakerNormalizedClassifier",
    "clips_and_speakers",
    "held_out_folds",
    "replace_clips",
    "scale_by_speaker",
    "with_speakers",
]
