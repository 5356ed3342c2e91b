"""One clip: decode, mix to mono, resample, fit to a length; every error about a clip is raised here.

A clip is one of:

- a path, or a file object opened in binary mode (``io.BytesIO`` too), read from its position, which it keeps;
- a 1-D waveform at the caller's rate;
- a ``(waveform, rate)`` pair, or a mapping ``{"array": waveform, "sampling_rate": rate}``. Of a waveform of two
  dimensions the shorter one is channels.
"""

from sktimnet.audio._files import as_file_name, file_state
from sktimnet.audio._kinds import AudioError, Changed, has_rate, is_file, is_path
from sktimnet.audio._reading import count_samples, load, load_blocks, read, resample_blocks, sampling_rate
from sktimnet.audio._waveforms import fit_length, normalize, trim, trim_interval

__all__ = [
    "AudioError",
    "Changed",
    "as_file_name",
    "count_samples",
    "file_state",
    "fit_length",
    "has_rate",
    "is_file",
    "is_path",
    "load",
    "load_blocks",
    "normalize",
    "read",
    "resample_blocks",
    "sampling_rate",
    "trim",
    "trim_interval",
]
