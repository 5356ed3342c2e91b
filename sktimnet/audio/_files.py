"""Encoded audio: open it, and decode it to mono at its own rate."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from typing import Any

import numpy as np
import soundfile

from sktimnet.audio._kinds import AudioError, is_path
from sktimnet.audio._waveforms import checked

# Speech codecs stay below 32 frames a byte. A header that claims more is not believed: such a file is read in
# blocks (of so many samples, all channels together), so that a false length takes no memory.
_FRAMES_PER_BYTE = 32
BLOCK = 2**18


def as_file_name(path: Any) -> str | bytes:
    """Give a path as soundfile takes it, which elsewhere than on Windows refuses a name that is not UTF-8."""
    return os.fspath(path) if os.name == "nt" else os.fsencode(path)


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


def encoded(clip: Any) -> tuple[Any, int]:
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


def open_audio(content: Any) -> soundfile.SoundFile:
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


def believed(file: soundfile.SoundFile, size: int) -> bool:
    """Tell whether so many bytes can hold the frames that the header claims."""
    return file.frames <= size * _FRAMES_PER_BYTE


def mono_blocks(file: soundfile.SoundFile, n_values: int) -> Iterator[np.ndarray]:
    """Decode a file, channels averaged, in blocks of so many values, all channels together."""
    frames = max(1, n_values // file.channels)
    while True:
        try:
            block = file.read(frames, dtype="float32")  # (frames,) or (frames, channels)
        except RuntimeError as error:
            raise AudioError(f"cannot be decoded ({_detail(error)})") from error
        if len(block) == 0:
            return
        with np.errstate(over="ignore", invalid="ignore"):  # checked refuses what is not finite
            mono = block if block.ndim == 1 else block.mean(axis=1)
        yield mono  # outside of errstate, which belongs to this thread: the next block may be asked for by another


def from_file(clip: Any) -> tuple[np.ndarray, int]:
    """Decode a file to mono at its own rate."""
    content, size = encoded(clip)
    with open_audio(content) as file:
        n_values = file.frames * file.channels if believed(file, size) else BLOCK
        blocks = list(mono_blocks(file, n_values))
        waveform = blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0, np.float32), *blocks])
        return checked(waveform), file.samplerate
