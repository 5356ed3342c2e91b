"""One clip: decode, mix to mono, resample, fit to a length; every error about a clip is raised here.

A clip is one of:

- a path, or a file object opened in binary mode (``io.BytesIO`` too), read from its position, which it keeps;
- a 1-D waveform at the caller's rate;
- a ``(waveform, rate)`` pair, or a mapping ``{"array": waveform, "sampling_rate": rate}``. Of a waveform of two
  dimensions the shorter one is channels.
"""

from __future__ import annotations

import io
import math
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import soundfile
import soxr

# Speech codecs stay below 32 frames a byte. A header that claims more is not believed: such a file is read in
# blocks (of so many samples, all channels together), so that a false length takes no memory.
_FRAMES_PER_BYTE = 32
_BLOCK = 2**18
# Beyond this ratio of rates, a few bytes of damaged header would turn into hours of audio.
_MAX_RATIO = 128
# The power spectra of louder clips leave the range of float32.
_MAX_PEAK = 1e12
_PCM = {"uint8": (128, 128), "int16": (0, 2**15), "int32": (0, 2**31)}  # dtype: (offset, scale)


class AudioError(ValueError):
    """A clip that cannot be used; the message says why."""


class Changed(NamedTuple):
    """A clip that is changed when it is read, such as a training clip in the telephone band.

    Parameters
    ----------
    clip : clip
        The recording.
    change : callable
        Called with its waveform, rate and `seed`, returns a waveform and its rate; one of
        :mod:`sktimnet.perturbations`.
    seed : int
        Decides what is random.
    """

    clip: Any
    change: Callable[[np.ndarray, float, int], tuple[np.ndarray, float]]
    seed: int


def is_path(clip: Any) -> bool:
    """Tell whether a clip is a path and not a waveform."""
    return isinstance(clip, str | os.PathLike)


def is_file(clip: Any) -> bool:
    """Tell whether a clip is encoded audio, a path or a file object, and not a waveform."""
    return is_path(clip) or (hasattr(clip, "read") and hasattr(clip, "seek"))


def has_rate(clip: Any) -> bool:
    """Tell whether a clip is a waveform that comes with its sampling rate."""
    return isinstance(clip, Mapping) or (isinstance(clip, tuple) and len(clip) == 2)


def as_file_name(path: Any) -> str | bytes:
    """Give a path as soundfile takes it, which elsewhere than on Windows refuses a name that is not UTF-8."""
    return os.fspath(path) if os.name == "nt" else os.fsencode(path)


def count_samples(clip: Any, sr: int) -> int:
    """Tell how many samples a clip has at a sampling rate; of a file, only the header is read.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip.
    sr : int
        Sampling rate in Hz, of the result and of a waveform that comes without one.

    Returns
    -------
    int
        Length of what :func:`load` gives, as far as a file's header can be believed.

    Raises
    ------
    AudioError
        If the clip cannot be used, as far as its header shows.
    """
    if not is_file(clip):
        waveform, rate = read(clip, sr)
        return _resampled_length(len(waveform), rate, sr)
    content, size = _encoded(clip)
    with _open(content) as file:
        frames = file.frames if _believed(file, size) else sum(map(len, _mono_blocks(file, _BLOCK)))
        return _resampled_length(frames, file.samplerate, sr)


def load(clip: Any, sr: float) -> np.ndarray:
    """Give a clip as a mono waveform at a sampling rate.

    Files are decoded by libsndfile, channels are averaged, and another rate is converted by soxr at quality
    HQ: the same samples as ``librosa.load(path, sr=sr, res_type="soxr_hq")``.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip. Waveforms of type uint8, int16 and int32 are scaled to [-1, 1), others taken as they are.
    sr : float
        Sampling rate in Hz, of the result and of a waveform that comes without one.

    Returns
    -------
    ndarray of shape (n_samples,), float32
        At least one sample, all of them finite.

    Raises
    ------
    AudioError
        If the clip cannot be used; the message says why.
    """
    waveform, rate = read(clip, sr)
    n_samples = _resampled_length(len(waveform), rate, sr)
    if rate != sr:
        waveform = fit_length(soxr.resample(waveform, rate, sr, quality="HQ"), n_samples, centre=False)
    return waveform


def read(clip: Any, sr: float | None = None) -> tuple[np.ndarray, float]:
    """Give a clip as a mono waveform at its own rate.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip.
    sr : float or None, default=None
        Sampling rate in Hz of a waveform that comes without one, which is refused where this is None.

    Returns
    -------
    waveform : ndarray of shape (n_samples,), float32
    rate : float
        In Hz.

    Raises
    ------
    AudioError
        If the clip cannot be used; the message says why.
    """
    if isinstance(clip, Changed):
        waveform, rate = clip.change(*read(clip.clip, sr), clip.seed)
        return _checked(waveform), rate
    waveform, rate = _from_file(clip) if is_file(clip) else _from_array(clip, sr)
    _resampled_length(len(waveform), rate, rate)  # refuses rates that are none, and no samples
    return waveform, rate


def sampling_rate(clip: Any) -> float:
    """Tell the sampling rate of a clip in Hz; of a file, only the header is read.

    Raises
    ------
    AudioError
        If the clip is a waveform without its rate, or cannot be used.
    """
    if is_file(clip):
        with _open(_encoded(clip)[0]) as file:
            return file.samplerate
    return _in_memory(clip, None)[1]


def load_blocks(clip: Any, sr: int) -> Iterator[np.ndarray]:
    """Give what :func:`load` does in blocks, so that an hour takes as much memory as a minute.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip. The content of a file object is read as a whole, then decoded in blocks.
    sr : int
        Sampling rate in Hz, of the result and of a waveform that comes without one.

    Yields
    ------
    ndarray of shape (n_samples,), float32
        Blocks in their order, of lengths that vary.

    Raises
    ------
    AudioError
        If the clip cannot be used; where only a later part shows it, after the blocks before.
    """
    if is_file(clip):
        with _open(_encoded(clip)[0]) as file:
            yield from resample_blocks(map(_checked, _mono_blocks(file, _BLOCK)), file.samplerate, sr)
        return
    waveform, rate = _in_memory(clip, sr)
    starts = range(0, len(waveform), _BLOCK)
    yield from resample_blocks((_to_mono(waveform[start : start + _BLOCK]) for start in starts), rate, sr)


def resample_blocks(blocks: Iterable[np.ndarray], rate: float, sr: int) -> Iterator[np.ndarray]:
    """Convert a stream of mono blocks to another sampling rate, as :func:`load` does the whole.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_samples,), float32
        The stream.
    rate, sr : float
        Its sampling rate in Hz, and the one wanted.

    Yields
    ------
    ndarray of shape (n_samples,), float32
        Samples lag behind those that went in, and come together with the last ones.

    Raises
    ------
    AudioError
        If there are no samples, or the rates cannot be converted.
    """
    _resampled_length(1, rate, sr)  # refuses rates
    stream = soxr.ResampleStream(rate, sr, 1, dtype="float32", quality="HQ")
    n_in = n_out = 0
    for block in blocks:
        n_in += len(block)
        made = block if rate == sr else stream.resample_chunk(block)
        n_out += len(made)
        yield made
    missing = _resampled_length(n_in, rate, sr) - n_out
    if missing > 0:
        yield fit_length(stream.resample_chunk(np.empty(0, np.float32), last=True), missing, centre=False)


def fit_length(waveform: np.ndarray, length: int, *, centre: bool = True) -> np.ndarray:
    """Pad a waveform with zeros or cut it to a length, on both sides; an odd sample goes to the end.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        The waveform.
    length : int
        The samples wanted.
    centre : bool, default=True
        If False, pad or cut at the end only.

    Returns
    -------
    ndarray of shape (length,)
        The waveform itself where its length is right.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.audio import fit_length
    >>> fit_length(np.array([1, 2]), 5)
    array([0, 1, 2, 0, 0])
    >>> fit_length(np.array([1, 2, 3, 4, 5]), 2)
    array([2, 3])
    """
    missing = length - len(waveform)
    if missing == 0:
        return waveform
    before = abs(missing) // 2 if centre else 0
    if missing < 0:
        return waveform[before : before + length]
    return np.pad(waveform, (before, missing - before))


def trim(waveform: np.ndarray, top_db: float) -> np.ndarray:
    """Remove silence at both ends of a waveform, as :func:`librosa.effects.trim` does.

    Parameters
    ----------
    waveform : ndarray of shape (n_samples,)
        The waveform.
    top_db : float
        What is more than so many dB below the loudest part is silence.

    Returns
    -------
    ndarray of shape (n_kept,)
        A waveform that is silent throughout is returned as it is.
    """
    start, stop = trim_interval(waveform, top_db)
    return waveform[start:stop]


def trim_interval(waveform: np.ndarray, top_db: float) -> tuple[int, int]:
    """Return the first sample that :func:`trim` keeps, and the first after it that it removes."""
    from librosa.effects import trim as trim_silence  # slow to import

    _, (start, stop) = trim_silence(waveform, top_db=top_db)
    return (int(start), int(stop)) if stop > start else (0, len(waveform))


def normalize(waveform: np.ndarray) -> np.ndarray:
    """Scale a waveform to a peak of 1; one that is silent throughout is returned as it is."""
    peak = np.abs(waveform).max()
    return waveform / peak if peak > 0 else waveform


def file_state(path: Any) -> tuple[int, int]:
    """Give a file's size in bytes and its time of modification in nanoseconds.

    Raises
    ------
    AudioError
        If there is no file, or nothing in it.
    """
    try:
        info = os.stat(path)
    except FileNotFoundError as error:
        raise AudioError("does not exist") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise AudioError(f"cannot be opened ({error})") from error
    if stat.S_ISDIR(info.st_mode):
        raise AudioError("is a directory; expected an audio file")
    if not stat.S_ISREG(info.st_mode):  # reading a pipe would wait for ever
        raise AudioError("is not a regular file")
    if info.st_size == 0:
        raise AudioError("is an empty file")
    return info.st_size, info.st_mtime_ns


def _resampled_length(frames: int, rate: float, sr: float) -> int:
    """Give the length after resampling, as librosa rounds it; refuse what cannot be resampled."""
    if not 0 < rate < math.inf:
        raise AudioError(f"has a sampling rate of {rate:.10g} Hz; expected a positive number")
    if not 1 / _MAX_RATIO <= sr / rate <= _MAX_RATIO:
        raise AudioError(f"has a sampling rate of {rate:.10g} Hz, too far from sr={sr} Hz to be converted")
    if frames <= 0:
        raise AudioError("has no samples")
    return math.ceil(frames * (float(sr) / rate))


def _encoded(clip: Any) -> tuple[Any, int]:
    """Give encoded audio as a path or as bytes in memory, and its size in bytes."""
    if is_path(clip):
        return clip, file_state(clip)[0]
    try:
        position = clip.tell()
        content = clip.read()
        clip.seek(position)
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise AudioError(f"is a file object that cannot be read and put back to its position ({error})") from error
    if not isinstance(content, bytes):
        raise AudioError(f"is a file object that gives {type(content).__name__}; open it in binary mode, 'rb'")
    if not content:
        raise AudioError("is a file object with nothing after its position; seek(0) goes back to its beginning")
    return io.BytesIO(content), len(content)


def _open(content: Any) -> soundfile.SoundFile:
    """Open a path or bytes in memory; tell a file that may not be read from one that is not audio."""
    try:
        return soundfile.SoundFile(as_file_name(content) if is_path(content) else content)
    except (RuntimeError, TypeError, ValueError) as error:  # TypeError: headerless formats such as .raw
        try:
            if is_path(content):
                open(content, "rb").close()
        except OSError as cause:
            raise AudioError(f"cannot be opened: {cause.strerror}") from cause
        raise AudioError(f"is not audio that libsndfile can read ({_detail(error)})") from error


def _detail(error: Exception) -> str:
    """Give libsndfile's own words without the path, which the caller names."""
    return getattr(error, "error_string", str(error)).rstrip(".")


def _believed(file: soundfile.SoundFile, size: int) -> bool:
    """Tell whether so many bytes can hold the frames that the header claims."""
    return file.frames <= size * _FRAMES_PER_BYTE


def _mono_blocks(file: soundfile.SoundFile, n_values: int) -> Iterator[np.ndarray]:
    """Decode a file, channels averaged, in blocks of so many values, all channels together."""
    frames = max(1, n_values // file.channels)
    while True:
        try:
            block = file.read(frames, dtype="float32")  # (frames,) or (frames, channels)
        except RuntimeError as error:
            raise AudioError(f"cannot be decoded ({_detail(error)})") from error
        if len(block) == 0:
            return
        with np.errstate(over="ignore", invalid="ignore"):  # _checked refuses what is not finite
            mono = block if block.ndim == 1 else block.mean(axis=1)
        yield mono  # outside of errstate, which belongs to this thread: the next block may be asked for by another


def _from_file(clip: Any) -> tuple[np.ndarray, int]:
    """Decode a file to mono at its own rate."""
    content, size = _encoded(clip)
    with _open(content) as file:
        n_values = file.frames * file.channels if _believed(file, size) else _BLOCK
        blocks = list(_mono_blocks(file, n_values))
        waveform = blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0, np.float32), *blocks])
        return _checked(waveform), file.samplerate


def _from_array(clip: Any, sr: float | None) -> tuple[np.ndarray, float]:
    """Give a waveform in memory as float32, channels averaged, with its rate."""
    waveform, rate = _in_memory(clip, sr)
    return _to_mono(waveform), rate


def _in_memory(clip: Any, sr: float | None) -> tuple[np.ndarray, float]:
    """Give a waveform in memory, of shape (n_samples,) or (n_samples, n_channels), with its rate."""
    with_rate = has_rate(clip)
    waveform, rate = _pair(clip) if with_rate else (clip, sr)
    if rate is None:
        raise AudioError(f"comes without its sampling rate; pass (waveform, rate): {_short(clip)}")
    try:
        waveform = np.asarray(waveform)
    except (RuntimeError, TypeError, ValueError) as error:  # RuntimeError: a tensor that requires gradients
        raise AudioError(f"is neither a path nor a 1-D waveform ({error})") from error
    if waveform.dtype.kind not in "fiu":
        raise AudioError(f"is neither a path nor a waveform of real numbers: {_short(clip)}")
    if waveform.ndim == 2 and with_rate:
        return _channels_last(waveform), rate
    if waveform.ndim != 1:
        way_out = "; average its channels first, or pass (waveform, rate)" if waveform.ndim == 2 else ""
        raise AudioError(f"has the shape {waveform.shape}; expected a 1-D waveform{way_out}: {_short(clip)}")
    return waveform, rate


def _to_mono(waveform: np.ndarray) -> np.ndarray:
    """Give a waveform of shape (n_samples,) or (n_samples, n_channels) as float32, channels averaged."""
    offset, scale = _PCM.get(waveform.dtype.name, (0, 1))
    with np.errstate(over="ignore", invalid="ignore"):  # _checked refuses what is not finite
        waveform = np.ascontiguousarray(waveform, dtype=np.float32)
        if scale != 1:
            waveform = (waveform - offset) / np.float32(scale)
        return _checked(waveform if waveform.ndim == 1 else waveform.mean(axis=1))


def _pair(clip: Any) -> tuple[Any, float]:
    """Give a waveform and its rate, of a pair or a mapping."""
    if isinstance(clip, Mapping) and not {"array", "sampling_rate"} <= set(clip):
        raise AudioError(f"is a mapping without 'array' and 'sampling_rate'; it has {_short(list(clip))}")
    waveform, rate = (clip["array"], clip["sampling_rate"]) if isinstance(clip, Mapping) else clip
    if not isinstance(rate, Real) or isinstance(rate, bool):
        raise AudioError(f"has a sampling rate of {_short(rate)}; expected a pair of a waveform and a positive number")
    try:
        return waveform, float(rate)
    except OverflowError:  # an int beyond all floats
        return waveform, math.inf


def _channels_last(waveform: np.ndarray) -> np.ndarray:
    """Give a waveform of two dimensions as (n_samples, n_channels): the shorter one is channels."""
    n_rows, n_columns = waveform.shape
    if n_rows == n_columns:
        raise AudioError(f"has the shape {waveform.shape}: either side could be channels; average them first")
    if 0 in waveform.shape:
        raise AudioError("has no samples")
    return waveform if n_rows > n_columns else waveform.T


def _checked(waveform: np.ndarray) -> np.ndarray:
    """Refuse a waveform whose features would not be finite."""
    peak = np.abs(waveform).max(initial=0)
    if peak <= _MAX_PEAK:
        return waveform
    if not np.isfinite(peak):
        raise AudioError("has NaN or infinite samples")
    raise AudioError(f"has samples as large as {peak:.3g}; expected about -1 to 1")


def _short(value: Any, length: int = 60) -> str:
    """Show a value in at most so many characters."""
    shown = repr(value)
    return shown if len(shown) <= length else shown[:length] + "..."
