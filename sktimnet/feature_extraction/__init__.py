"""Recordings to features, as scikit-learn transformers: clips in, (n_clips, n_features, n_frames) out."""

from sktimnet.feature_extraction._channel_union import ChannelUnion
from sktimnet.feature_extraction._clips import as_clips, check_clips, fault_report
from sktimnet.feature_extraction._descriptor_transformer import DescriptorTransformer
from sktimnet.feature_extraction._frame_transformer import FrameTransformer
from sktimnet.feature_extraction._functionals import FunctionalsTransformer
from sktimnet.feature_extraction._mfcc import MIN_POWER, TOP_DB, MFCCSettings, make_window
from sktimnet.feature_extraction._mfcc import MFCCSettings as _Settings  # noqa: F401  the name in pickles of version 0.1
from sktimnet.feature_extraction._mfcc_transformer import FRONT_ENDS, MFCCTransformer
from sktimnet.feature_extraction._pitch import pitch_and_voicing

__all__ = [
    "FRONT_ENDS",
    "MIN_POWER",
    "TOP_DB",
    "ChannelUnion",
    "DescriptorTransformer",
    "FrameTransformer",
    "FunctionalsTransformer",
    "MFCCSettings",
    "MFCCTransformer",
    "as_clips",
    "check_clips",
    "fault_report",
    "make_window",
    "pitch_and_voicing",
]
