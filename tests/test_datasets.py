"""What the loaders make of corpora on disk: trees of empty files with the exact names of each corpus."""

import itertools
import os
import pickle
import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sktimnet import datasets
from sktimnet.datasets import CORPORA, Corpus, load_folder, load_table

EMODB_LETTERS = dict(zip(CORPORA["EMODB"].labels, "WLEAFNT", strict=True))


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names_of(corpus):
    return [Path(path).name for path in corpus.data]


def spread(corpus):
    """Pair labels and speakers so that both have their published counts."""
    labels = itertools.chain.from_iterable([name] * count for name, count in corpus.class_counts.items())
    speakers = itertools.chain.from_iterable([name] * count for name, count in corpus.speaker_counts.items())
    return list(zip(labels, speakers, strict=True))


def casia():
    speakers = ("Liuchanhg", "wangzhe", "ZhaoQuanyin", "zhaozuoxiang")
    for speaker, emotion, text in itertools.product(speakers, CORPORA["CASIA"].labels, range(201, 251)):
        yield f"{speaker}/{emotion}/{text}.wav"


def cremad():
    sentences = "IEO DFA IOM ITH ITS IWL IWW MTI TAI TIE TSI WSI".split()
    ways = [("IEO", "LO"), ("IEO", "MD"), ("IEO", "HI"), *((sentence, "XX") for sentence in sentences[1:])]
    for code, count in zip("ANG DIS FEA HAP NEU SAD".split(), (1271, 1271, 1271, 1271, 1087, 1271), strict=True):
        said = itertools.product(ways, range(1001, 1092))
        for (sentence, level), actor in itertools.islice(said, count):
            yield f"AudioWAV/{actor}_{sentence}_{code}_{level}.wav"


def emodb():
    texts = ("a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10")
    takes = {}
    for label, speaker in spread(CORPORA["EMODB"]):
        way = takes.setdefault((label, speaker), itertools.product("abcdefgh", texts))
        take, text = next(way)
        yield f"wav/{speaker}{text}{EMODB_LETTERS[label]}{take}.wav"


def emovo():
    texts = "b1 b2 b3 d1 d2 l1 l2 l3 l4 n1 n2 n3 n4 n5".split()
    words = "dis gio neu pau rab sor tri".split()
    for speaker, word, text in itertools.product("f1 f2 f3 m1 m2 m3".split(), words, texts):
        yield f"{speaker}/{word}-{speaker}-{text}.wav"


def ravdess():
    numbers = itertools.product(range(1, 25), range(1, 9), (1, 2), (1, 2), (1, 2))
    for actor, emotion, intensity, statement, repetition in numbers:
        if (emotion, intensity) != (1, 2):  # neutral has one intensity
            name = f"03-01-{emotion:02d}-{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}.wav"
            yield f"Actor_{actor:02d}/{name}"


def savee():
    for speaker, letter in itertools.product(CORPORA["SAVEE"].speaker_counts, "a d f h n sa su".split()):
        for number in range(1, 31 if letter == "n" else 16):
            yield f"{speaker}/{letter}{number:02d}.wav"


def tess():
    emotions = "angry disgust fear happy neutral ps sad".split()
    for speaker, emotion, word in itertools.product(("OAF", "YAF"), emotions, range(200)):
        yield f"{speaker}_{emotion}/{speaker}_word{word}_{emotion}.wav"


TREES = {
    "CASIA": casia,
    "CREMA-D": cremad,
    "EMODB": emodb,
    "EMOVO": emovo,
    "RAVDESS": ravdess,
    "SAVEE": savee,
    "TESS": tess,
}


def loader(name):
    return getattr(datasets, "load_" + name.lower().replace("-", ""))


def write_iemocap(root, turns):
    """Lay out turns (name, label) as IEMOCAP does, labels in the text of each dialogue."""
    dialogues = {}
    for name, label in turns:
        dialogue = name.rpartition("_")[0]
        session = root / f"Session{name[4]}"
        touch(session, f"sentences/wav/{dialogue}/{name}.wav", f"dialog/wav/{dialogue}.wav")
        line = f"[6.2901 - 8.2357]\t{name}\t{label}\t[2.5000, 2.5000, 2.5000]\nC-E2:\tNeutral;\t()\n"
        dialogues.setdefault((session, dialogue), []).append(line)
    for (session, dialogue), lines in dialogues.items():
        labels = session / "dialog" / "EmoEvaluation" / f"{dialogue}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n" + "\n".join(lines))


@pytest.mark.parametrize("name", TREES)
def test_complete_corpus_loads_without_a_warning(name, tmp_path):
    touch(tmp_path, *TREES[name]())
    bunch = loader(name)(tmp_path)
    corpus = CORPORA[name]
    assert Counter(bunch.target) == corpus.class_counts
    assert set(bunch.speaker) == set(corpus.speaker_counts)
    assert len(bunch.data) == len(bunch.text) == corpus.n_clips
    assert corpus.n_texts in (None, len(set(bunch.text)))
    assert bunch.corpus == name
    assert corpus.licence in bunch.DESCR and corpus.source in bunch.DESCR


def test_complete_iemocap_loads_without_a_warning(tmp_path):
    codes = {"angry": "ang", "neutral": "neu", "sad": "sad", "happy": "exc"}
    turns = [
        (f"{speaker}_impro01_{speaker[-1]}{number:03d}", codes[label])
        for (label, speaker), number in zip(spread(CORPORA["IEMOCAP"]), itertools.cycle(range(1000)), strict=False)
    ]
    write_iemocap(tmp_path, turns)
    bunch = datasets.load_iemocap(tmp_path)
    assert Counter(bunch.target) == CORPORA["IEMOCAP"].class_counts
    assert set(bunch.gender) == {"female", "male"}


@pytest.mark.parametrize("name", TREES)
def test_corpus_is_found_from_every_level_in_any_case(name, tmp_path):
    unpacked = tmp_path / "Downloads" / "CORPUS"
    touch(unpacked, *(path.upper() for path in TREES[name]()))
    bunches = [loader(name)(root) for root in (unpacked, tmp_path)]
    first = next(TREES[name]()).upper()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one audio folder of several is not the whole corpus
        folder = loader(name)((unpacked / first).parent)
    assert bunches[0].data.tolist() == bunches[1].data.tolist()
    assert set(folder.data) <= set(bunches[0].data)
    assert str(unpacked / first) in folder.data


def test_rows_are_ordered_by_class_then_by_natural_file_name(tmp_path):
    touch(tmp_path, "wav/10a01Wa.wav", "wav/09b10Wa.wav", "wav/09a02Wb.wav", "wav/03a01Ta.wav", "wav/16b10La.wav")
    with pytest.warns(UserWarning, match="EMODB"):
        corpus = datasets.load_emodb(tmp_path)
    assert names_of(corpus) == ["09a02Wb.wav", "09b10Wa.wav", "10a01Wa.wav", "16b10La.wav", "03a01Ta.wav"]


def test_an_emodb_name_tells_speaker_text_emotion_and_gender(tmp_path):
    touch(tmp_path, "wav/03a01Fa.wav", "wav/08b10Lc.wav")
    with pytest.warns(UserWarning, match="EMODB"):
        corpus = datasets.load_emodb(tmp_path)
    assert corpus.target.tolist() == ["boredom", "happy"]
    assert corpus.speaker.tolist() == ["08", "03"]
    assert corpus.text.tolist() == ["b10", "a01"]
    assert corpus.gender.tolist() == ["female", "male"]
    assert corpus.data.tolist() == [str(tmp_path / "wav/08b10Lc.wav"), str(tmp_path / "wav/03a01Fa.wav")]


def test_an_emovo_name_tells_italian_emotion_speaker_and_text(tmp_path):
    touch(tmp_path, "f1/dis-f1-b1.wav", "m2/pau-m2-n5.wav")
    with pytest.warns(UserWarning, match="EMOVO"):
        corpus = datasets.load_emovo(tmp_path)
    assert list(zip(corpus.target, corpus.speaker, corpus.text, corpus.gender, strict=True)) == [
        ("disgust", "f1", "b1", "female"),
        ("fear", "m2", "n5", "male"),
    ]


def test_a_crema_d_name_tells_actor_text_and_emotion(tmp_path):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_IEO_SAD_HI.wav", "AudioWAV/1040_ITH_SAD_X.wav")
    with pytest.warns(UserWarning, match="CREMA-D"):
        corpus = datasets.load_cremad(tmp_path)
    assert list(zip(corpus.target, corpus.speaker, corpus.text, corpus.gender, strict=True)) == [
        ("angry", "1001", "DFA", "male"),
        ("sad", "1002", "IEO", "female"),
        ("sad", "1040", "ITH", "male"),
    ]


def test_tess_calls_pleasant_surprise_ps_and_one_speaker_oa_once(tmp_path):
    touch(tmp_path, "OAF_Pleasant_surprise/OAF_back_ps.wav", "OAF_neutral/OA_bite_neutral.wav")
    with pytest.warns(UserWarning, match="TESS"):
        corpus = datasets.load_tess(tmp_path)
    assert list(zip(corpus.target, corpus.speaker, corpus.text, strict=True)) == [
        ("neutral", "OAF", "bite"),
        ("surprise", "OAF", "back"),
    ]


def test_casia_speakers_are_recognised_in_other_spellings(tmp_path):
    touch(tmp_path, "LiuChang/angry/201.wav", "Zhao Quanyin/fear/250.wav", "WangZhe/fear/201.wav")
    with pytest.warns(UserWarning, match="CASIA"):
        corpus = datasets.load_casia(tmp_path)
    assert corpus.speaker.tolist() == ["liuchanhg", "wangzhe", "zhaoquanyin"]
    assert corpus.text.tolist() == ["201", "201", "250"]
    assert corpus.gender is None


def test_casia_sentences_outside_the_published_fifty_are_left_out(tmp_path):
    touch(tmp_path, *(f"wangzhe/angry/{number}.wav" for number in (200, 201, 250, 251)))
    with pytest.warns(UserWarning, match="CASIA"):
        assert names_of(datasets.load_casia(tmp_path)) == ["201.wav", "250.wav"]


def test_savee_is_the_same_in_both_layouts(tmp_path):
    folders = list(savee())
    touch(tmp_path / "folders", *folders)
    touch(tmp_path / "flat", *(name.replace("/", "_") for name in folders))
    one, other = (datasets.load_savee(tmp_path / layout) for layout in ("folders", "flat"))
    for column in ("target", "speaker", "text"):
        assert one[column].tolist() == other[column].tolist()
    assert [Path(path).parent.name + "_" + Path(path).name for path in one.data] == names_of(other)


def test_savee_emotions_share_the_common_sentences_only(tmp_path):
    touch(tmp_path, "DC/a03.wav", "DC/n03.wav", "DC/a04.wav", "DC/sa04.wav")
    with pytest.warns(UserWarning, match="SAVEE"):
        assert datasets.load_savee(tmp_path).text.tolist() == ["common03", "a04", "common03", "sa04"]


def test_ravdess_second_copy_songs_and_videos_are_not_counted(tmp_path):
    names = list(ravdess())
    nested = [f"audio_speech_actors_01-24/{name}" for name in names]
    others = ["Actor_01/03-02-05-01-02-01-01.wav", "Actor_01/01-01-05-01-02-01-01.mp4"]
    touch(tmp_path, *names, *nested, *others)
    corpus = datasets.load_ravdess(tmp_path)
    assert len(corpus.data) == 1440
    assert set(corpus.data) == {str(tmp_path / name) for name in names}


def test_ravdess_women_have_even_numbers(tmp_path):
    touch(tmp_path, *ravdess())
    corpus = datasets.load_ravdess(tmp_path)
    assert all(
        (gender == "female") == (int(actor) % 2 == 0)
        for actor, gender in zip(corpus.speaker, corpus.gender, strict=True)
    )


def test_iemocap_keeps_four_classes_and_counts_excited_as_happy(tmp_path):
    codes = "ang hap exc neu sad fru sur xxx".split()
    write_iemocap(tmp_path, [(f"Ses01F_impro04_F{number:03d}", code) for number, code in enumerate(codes)])
    with pytest.warns(UserWarning, match="IEMOCAP"):
        corpus = datasets.load_iemocap(tmp_path)
    assert corpus.target.tolist() == ["angry", "happy", "happy", "neutral", "sad"]


def test_iemocap_talker_is_the_session_and_the_letter_of_the_last_token(tmp_path):
    write_iemocap(tmp_path, [("Ses02F_script01_1b_M012", "ang"), ("Ses02F_impro04_FXX0", "sad")])
    with pytest.warns(UserWarning, match="IEMOCAP"):
        corpus = datasets.load_iemocap(tmp_path)
    assert list(zip(corpus.speaker, corpus.gender, corpus.text, strict=True)) == [
        ("Ses02M", "male", "script01_1b"),
        ("Ses02F", "female", "impro04"),
    ]


def test_a_warning_says_which_classes_and_speakers_are_short(tmp_path):
    names = [name for name in ravdess() if not name.startswith("Actor_07/")]
    touch(tmp_path, *names)
    with pytest.warns(UserWarning) as record:
        datasets.load_ravdess(tmp_path)
    (warning,) = record
    assert str(warning.message) == (
        f"{str(tmp_path)!r} has 1380 of the 1440 clips of RAVDESS, so scores do not compare with published ones. "
        "Differences by classes: angry -8, calm -8, disgust -8, fear -8, happy -8, neutral -4, sad -8, surprise -8; "
        "speakers: 07 -60."
    )
    assert warning.filename == __file__


def test_a_warning_stays_short_when_many_speakers_are_missing(tmp_path):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    with pytest.warns(UserWarning, match=r"speakers: 1002 -1, .* 1013 -1, and 78 more\.$"):
        datasets.load_cremad(tmp_path)


def test_a_warning_tells_surplus_clips_too(tmp_path):
    touch(tmp_path, *emodb(), "wav/03a01Fx.wav")
    with pytest.warns(UserWarning, match=r"536 of the 535 .* classes: happy \+1; speakers: 03 \+1\."):
        datasets.load_emodb(tmp_path)


def test_hidden_files_and_folders_are_ignored(tmp_path):
    touch(tmp_path, "03a01Fa.wav", "._03a01Fb.wav", ".trash/03a01Fc.wav", "__MACOSX/wav/._03a01Fd.wav")
    with pytest.warns(UserWarning, match="1 of the 535"):
        assert names_of(datasets.load_emodb(tmp_path)) == ["03a01Fa.wav"]


def test_links_back_up_the_tree_end(tmp_path):
    touch(tmp_path, "wav/03a01Fa.wav")
    (tmp_path / "wav" / "again").symlink_to(tmp_path, target_is_directory=True)
    with pytest.warns(UserWarning, match="1 of the 535"):
        datasets.load_emodb(tmp_path)


def test_a_linked_audio_folder_is_followed(tmp_path):
    touch(tmp_path / "disk", "03a01Fa.wav")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "wav").symlink_to(tmp_path / "disk", target_is_directory=True)
    with pytest.warns(UserWarning, match="1 of the 535"):
        assert datasets.load_emodb(tmp_path / "corpus").data == [str(tmp_path / "corpus/wav/03a01Fa.wav")]


@pytest.mark.parametrize("name", CORPORA)
def test_finding_nothing_says_what_was_expected_and_where(name, tmp_path):
    touch(tmp_path, "notes.txt", "music.wav")
    with pytest.raises(FileNotFoundError) as error:
        loader(name)(tmp_path)
    message = str(error.value)
    assert repr(str(tmp_path)) in message and CORPORA[name].layout in message and CORPORA[name].source in message


def test_iemocap_recordings_without_their_labels_are_an_error(tmp_path):
    touch(tmp_path, "Session1/sentences/wav/Ses01F_impro04/Ses01F_impro04_F000.wav")
    with pytest.raises(FileNotFoundError, match="EmoEvaluation"):
        datasets.load_iemocap(tmp_path)


@pytest.mark.parametrize("load", [datasets.load_emodb, load_folder])
def test_a_root_that_is_no_directory_is_an_error(load, tmp_path):
    touch(tmp_path, "wav.zip")
    with pytest.raises(FileNotFoundError, match="no_such_place' does not exist"):
        load(tmp_path / "no_such_place")
    with pytest.raises(FileNotFoundError, match=r"wav\.zip' is a file"):
        load(tmp_path / "wav.zip")


def test_a_relative_root_gives_absolute_paths(tmp_path, monkeypatch):
    touch(tmp_path, "angry/1.wav")
    monkeypatch.chdir(tmp_path)
    assert load_folder(".").data.tolist() == [str(tmp_path / "angry" / "1.wav")]


def test_real_emodb_clips_are_found_in_order(emodb_root):
    with pytest.warns(UserWarning, match="339 of the 535 .* boredom -81, disgust -46, fear -69"):
        corpus = datasets.load_emodb(emodb_root)
    assert Counter(corpus.target) == {"angry": 127, "happy": 71, "neutral": 79, "sad": 62}
    assert corpus.target.tolist() == sorted(corpus.target)
    assert len(set(corpus.speaker)) == len(set(corpus.text)) == 10
    assert all(os.path.isfile(path) for path in corpus.data)


# descriptions


def test_published_counts_agree_by_class_and_by_speaker():
    for corpus in CORPORA.values():
        counts = corpus.speaker_counts.values()
        assert None in counts or sum(counts) == corpus.n_clips
        assert list(corpus.labels) == sorted(corpus.labels)


def test_a_description_names_settings_and_published_scores():
    corpus = CORPORA["IEMOCAP"]
    assert (corpus.n_clips, corpus.n_speakers, corpus.clip_length, corpus.n_blocks) == (5531, 10, 310_000, 10)
    assert corpus.published == {"last-epoch": (69.00, 68.29), "best-epoch": (72.50, 71.65)}


def test_numbers_of_clips_and_speakers_are_the_published_ones():
    assert {name: (corpus.n_clips, corpus.n_speakers) for name, corpus in CORPORA.items()} == {
        "CASIA": (1200, 4),
        "EMODB": (535, 10),
        "EMOVO": (588, 6),
        "IEMOCAP": (5531, 10),
        "RAVDESS": (1440, 24),
        "SAVEE": (480, 4),
        "CREMA-D": (7442, 91),
        "TESS": (2800, 2),
    }


def test_a_description_counts_texts_where_they_are_known():
    assert "535 clips (angry 127" in CORPORA["EMODB"].describe()
    assert "10 speakers, 10 texts." in CORPORA["EMODB"].describe()
    assert "4 speakers.\n" in CORPORA["SAVEE"].describe()


def test_descriptions_survive_pickling():
    assert pickle.loads(pickle.dumps(CORPORA["EMODB"])) == CORPORA["EMODB"]


# a corpus of one's own


STUDIO = {
    "name": "Studio",
    "language": "English",
    "class_counts": {"sad": 1, "happy": 2},
    "speaker_counts": {"ann": 2, "ben": 1},
    "female": ("ann",),
    "n_texts": None,
    "layout": "ann/happy_1.wav",
    "licence": "own recordings",
    "source": "ask us",
}


def parse_studio(tail):
    match = re.search(r"(ann|ben)/(happy|sad)_(\d+)\.\w+$", tail)
    return match and datasets.Clip(match[2], match[1], match[3])


def test_a_corpus_of_ones_own_is_loaded_as_the_public_ones_are(tmp_path):
    touch(tmp_path, "Ann/Happy_10.WAV", "Ann/Happy_2.flac", "Ben/Sad_1.wav", "Ben/.Sad_2.wav", "readme.txt")
    bunch = datasets.load_corpus(tmp_path, Corpus(**STUDIO), parse_studio)
    assert names_of(bunch) == ["Happy_2.flac", "Happy_10.WAV", "Sad_1.wav"]
    assert bunch.target.tolist() == ["happy", "happy", "sad"] and bunch.speaker.tolist() == ["ann", "ann", "ben"]
    assert bunch.text.tolist() == ["2", "10", "1"] and bunch.gender.tolist() == ["female", "female", "male"]
    assert bunch.corpus == "Studio" and "Licence: own recordings" in bunch.DESCR


def test_files_of_other_folders_are_other_clips_and_those_of_one_name_are_copies(tmp_path):
    touch(tmp_path, "day1/ann/happy_1.wav", "day2/ann/happy_1.wav")
    corpus = Corpus(**STUDIO | {"class_counts": {"happy": 2}, "speaker_counts": {"ann": 2}})
    assert len(datasets.load_corpus(tmp_path, corpus, parse_studio).data) == 2
    with pytest.warns(UserWarning, match="1 of the 2 clips of Studio.*classes: happy -1; speakers: ann -1"):
        datasets.load_corpus(tmp_path, corpus, lambda tail: parse_studio(tail)._replace(name="happy_1"))


def test_what_no_file_name_tells_is_not_known(tmp_path):
    touch(tmp_path, "ann/happy_1.wav", "ann/happy_2.wav", "ben/sad_1.wav")
    corpus = Corpus(**STUDIO | {"speaker_counts": {}, "female": None})
    bunch = datasets.load_corpus(tmp_path, corpus, lambda tail: datasets.Clip(parse_studio(tail).label))
    assert (bunch.speaker, bunch.text, bunch.gender) == (None, None, None)


def test_recordings_that_are_none_of_a_corpus_are_shown_as_its_loader_sees_them(tmp_path):
    touch(tmp_path / "studio", "Carl/Happy_1.wav", "Carl/Happy_2.wav")
    with pytest.raises(FileNotFoundError, match="The 2 recordings there are none .*'studio/carl/happy_1.wav'"):
        datasets.load_corpus(tmp_path, Corpus(**STUDIO), parse_studio)


@pytest.mark.parametrize(
    ("corpus", "parse", "message"),
    [
        (
            Corpus(**STUDIO),
            lambda tail: ("happy", "ann", "1"),
            r"parse\('.*ann/happy_1.wav'\) must return a Clip or None",
        ),
        ("Studio", parse_studio, "corpus='Studio' must be a Corpus"),
        (Corpus(**STUDIO), r"\d+", r"parse='.*' must be a function that takes the end of a path"),
    ],
)
def test_a_loader_of_other_types_is_refused(corpus, parse, message, tmp_path):
    touch(tmp_path, "ann/happy_1.wav")
    with pytest.raises(TypeError, match=message):
        datasets.load_corpus(tmp_path, corpus, parse)


def test_an_error_of_a_loaders_function_names_the_file(tmp_path):
    touch(tmp_path, "ann/happy_1.wav")
    with pytest.raises(ValueError, match=r"parse\('.*ann/happy_1.wav'\) raised IndexError: .*; return None"):
        datasets.load_corpus(tmp_path, Corpus(**STUDIO), lambda tail: tail.split("-")[3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speaker_counts": {"ann": 2, "ben": 2}}, "Studio: speaker_counts are of 4 clips, class_counts of 3"),
        ({"female": ("Ann",)}, r"female=\['Ann'\] are none of the speakers \['ann', 'ben'\]"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Corpus(**STUDIO | change)


# own recordings


def test_a_folder_gives_one_label_per_directory(tmp_path):
    touch(tmp_path, "happy/b.WAV", "happy/day 1/a2.flac", "happy/day 1/a10.mp3", "angry/c.ogg", "angry/notes.txt")
    touch(tmp_path, ".cache/x.wav", "happy/._b.wav")
    corpus = load_folder(tmp_path)
    assert names_of(corpus) == ["c.ogg", "a2.flac", "a10.mp3", "b.WAV"]
    assert corpus.target.tolist() == ["angry", "happy", "happy", "happy"]
    assert corpus.speaker is corpus.text is corpus.gender is None
    assert corpus.DESCR.endswith("4 clips (angry 1, happy 3).")


def test_recordings_that_are_left_out_of_a_folder_are_counted(tmp_path):
    touch(tmp_path, "happy/a.wav", "sad/b.aiff", "sad/c.m4a", "stray.wav")
    with pytest.warns(
        UserWarning, match=r"2 recordings in .* are left out, such as .*stray.wav': convert .*m4a"
    ) as found:
        corpus = load_folder(tmp_path)
    assert names_of(corpus) == ["a.wav", "b.aiff"]
    assert found[0].filename == __file__


def test_equal_names_in_a_folder_are_different_clips(tmp_path):
    touch(tmp_path, "sad/ann/1.wav", "sad/ben/1.wav")
    assert len(load_folder(tmp_path).data) == 2


def test_a_folder_without_labelled_audio_is_an_error(tmp_path):
    touch(tmp_path, "stray.wav")
    with pytest.raises(FileNotFoundError, match="one directory per label"):
        load_folder(tmp_path)


def write(path, text, encoding="utf-8"):
    path.write_text(text, encoding)
    return path


def test_a_table_gives_labels_speakers_and_texts_in_its_own_order(tmp_path):
    table = write(tmp_path / "own.csv", "path,label,speaker,text\nb.wav,sad,Ann,hello\nsub/a.wav,happy,Ben,bye\n")
    corpus = load_table(table)
    assert corpus.data.tolist() == [str(tmp_path / "b.wav"), str(tmp_path / "sub/a.wav")]
    assert corpus.target.tolist() == ["sad", "happy"]
    assert corpus.speaker.tolist() == ["Ann", "Ben"]
    assert corpus.text.tolist() == ["hello", "bye"]
    assert corpus.gender is None
    assert corpus.corpus == "own"


def test_a_path_with_two_labels_is_refused(tmp_path):
    table = write(tmp_path / "own.csv", "path,label\na.wav,sad\nb.wav,sad\na.wav,happy\n")
    with pytest.raises(ValueError, match="line 4: 'a.wav' is 'happy' here and 'sad' above"):
        load_table(table)


def test_two_spellings_of_an_umlaut_are_one_label(tmp_path):
    table = write(tmp_path / "own.csv", "path,label\na.wav,\u00c4rger\nb.wav,A\u0308rger\n")
    assert load_table(table).target.tolist() == ["\u00c4rger"] * 2


def test_a_label_without_recordings_is_named(tmp_path):
    (tmp_path / "sad").mkdir()
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "a.sph").touch()
    with pytest.warns(UserWarning, match="No recordings in 'sad' of"):
        assert load_folder(tmp_path).target.tolist() == ["happy"]


def test_a_column_that_is_empty_throughout_is_not_known(tmp_path):
    corpus = load_table(write(tmp_path / "own.csv", "path,label,speaker,text\na.wav,sad,Ann,\nb.wav,sad,,\n"))
    assert corpus.text is None
    assert corpus.speaker.tolist() == ["Ann", ""]


def test_a_table_may_hold_absolute_paths_other_columns_and_a_byte_order_mark(tmp_path):
    elsewhere = tmp_path / "elsewhere.wav"
    table = write(tmp_path / "own.csv", f"Label, Path ,note\nsad,{elsewhere},x\n", "utf-8-sig")
    corpus = load_table(table)
    assert corpus.data.tolist() == [str(elsewhere)]
    assert corpus.speaker is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.wav,sad\n", r"columns \['file', 'label'\], but not \['path'\]"),
        ("", r"columns \[\], but not \['path', 'label'\]"),
        ("path,label\n", "no rows"),
        ("path,label\na.wav,sad\nb.wav,\n", "line 3"),
        ("path,label\na.wav,sad\nb.wav\n", "line 3"),
    ],
)
def test_a_broken_table_is_an_error(text, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        load_table(write(tmp_path / "own.csv", text))


def test_a_missing_table_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="path and label"):
        load_table(tmp_path / "own.csv")


def test_paths_labels_and_speakers_are_string_arrays(tmp_path):
    touch(tmp_path, *emodb())
    corpus = datasets.load_emodb(tmp_path)
    for column in ("data", "target", "speaker", "text", "gender"):
        assert corpus[column].dtype.kind == "U"
        assert np.shape(corpus[column]) == (535,)
