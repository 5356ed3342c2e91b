"""Corpora that may be downloaded: fetch once, keep, load."""

import os
import shutil
import zipfile
import zlib
from functools import partial
from pathlib import Path

import pooch
import requests
from sklearn.utils import Bunch
from tqdm import tqdm

from sktimnet.datasets._corpora import CORPORA, Corpus
from sktimnet.datasets._files import Root
from sktimnet.datasets._readers import load_emodb, load_ravdess
from sktimnet.validation import check_path


def fetch_emodb(data_home: Root | None = None) -> Bunch:
    """Download EMODB (about 40 MB) on first use, then load it.

    An interrupted download continues at the next call.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Where downloads are kept. None means the environment variable ``SKTIMNET_DATA``, else
        ``~/sktimnet_data``.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`.

    Raises
    ------
    OSError
        If the download fails (``requests.RequestException`` and ``ConnectionError`` are among them).

    See Also
    --------
    load_emodb : Load a copy that is on disk already.

    Examples
    --------
    >>> from sktimnet.datasets import fetch_emodb
    >>> corpus = fetch_emodb()  # doctest: +SKIP
    """
    return load_emodb(_fetch(CORPORA["EMODB"], data_home))


def fetch_ravdess(data_home: Root | None = None) -> Bunch:
    """Download the spoken part of RAVDESS (208 MB) on first use, then load it.

    An interrupted download continues at the next call. The corpus is under CC BY-NC-SA 4.0.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Where downloads are kept. None means the environment variable ``SKTIMNET_DATA``, else
        ``~/sktimnet_data``.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        As described in :func:`load_emodb`.

    Raises
    ------
    OSError
        If the download fails (``requests.RequestException`` and ``ConnectionError`` are among them).
    ValueError
        If the archive is not the published one (its checksum differs).

    See Also
    --------
    load_ravdess : Load a copy that is on disk already.

    Examples
    --------
    >>> from sktimnet.datasets import fetch_ravdess
    >>> corpus = fetch_ravdess()  # doctest: +SKIP
    """
    return load_ravdess(_fetch(CORPORA["RAVDESS"], data_home))


def _fetch(corpus: Corpus, data_home: Root | None) -> Path:
    """Return the directory of the unpacked corpus, which exists only when complete."""
    default = os.environ.get("SKTIMNET_DATA") or "~/sktimnet_data"
    home = check_path(default if data_home is None else data_home, "data_home")
    folder = home / corpus.name.lower()
    if folder.exists():
        return folder
    name = f"{corpus.name.lower()}.zip"
    resume = partial(_resume, part=home / f"{name}.part")
    for _ in range(2):
        archive = Path(pooch.retrieve(corpus.url, corpus.checksum, name, home, downloader=resume))
        try:
            _unzip(archive, folder)
        except (zipfile.BadZipFile, zlib.error):  # damaged, and no checksum that would have told
            archive.unlink()
        else:
            archive.unlink()
            return folder
    raise OSError(f"{corpus.url} gave a damaged archive twice. Unpack the corpus by hand to {folder}.")


def _unzip(archive: Path, folder: Path) -> None:
    unpacked = folder.with_suffix(".partial")
    shutil.rmtree(unpacked, ignore_errors=True)
    with zipfile.ZipFile(archive) as files:
        files.extractall(unpacked)
    unpacked.rename(folder)


def _resume(url: str, output_file: str, pooch: object, *, part: Path) -> None:
    """Download as pooch's own downloaders do, but continue what an interrupted call left in `part`."""
    had = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    with requests.get(url, headers=headers, stream=True, timeout=30) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # nothing lies behind it, yet it was never taken for whole: start afresh
            return _resume(url, output_file, pooch, part=part)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:  # the server starts from the beginning
            had = 0
        total = had + int(response.headers.get("Content-Length", 0))
        broken = _append(response, part, had, total)
    got = part.stat().st_size
    if broken or got < total:
        raise ConnectionError(
            f"The download of {url} broke off at {got} of {total} bytes; the next call continues there."
        ) from broken
    part.replace(output_file)


def _append(response: requests.Response, part: Path, had: int, total: int) -> Exception | None:
    """Write the response behind the first `had` bytes; return what broke it off, if anything."""
    progress = tqdm(desc=part.stem, initial=had, total=total or None, unit="B", unit_scale=True, disable=None)
    with part.open("ab" if had else "wb") as file, progress:
        try:
            for chunk in response.iter_content(2**16):
                file.write(chunk)
                progress.update(len(chunk))
        except requests.RequestException as error:
            return error
    return None
