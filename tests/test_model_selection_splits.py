"""Folds and audit: what may be in training while a clip is tested."""

import hashlib
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, RepeatedStratifiedKFold, StratifiedKFold

from sktimnet.model_selection._audit import audit_split
from sktimnet.model_selection._fingerprints import fingerprints
from sktimnet.model_selection._splits import Split, hash_splits, make_splits


def splits_of(y, *, protocol="last-epoch", cv=None, n_splits=3, seeds=(0,), speaker=None, text=None):
    return make_splits(y, protocol=protocol, cv=cv, n_splits=n_splits, seeds=seeds, speaker=speaker, text=text)


def same(splits, pairs):
    return all(
        np.array_equal(split.train, train) and np.array_equal(split.test, test)
        for split, (train, test) in zip(splits, pairs, strict=True)
    )


@st.composite
def corpora(draw):
    """Draw labels, speakers and texts, any of them as unbalanced as chance makes them."""
    n_clips = draw(st.integers(8, 60))
    columns = (
        draw(st.lists(st.sampled_from(names), min_size=n_clips, max_size=n_clips))
        for names in ("abc", [f"s{i}" for i in range(7)], [f"t{i}" for i in range(5)])
    )
    y, speaker, text = map(np.array, columns)
    assume(len(np.unique(speaker)) > 1 and len(np.unique(text)) > 1)
    return y, speaker, text


class TestSpeaker:
    @given(corpora(), st.one_of(st.none(), st.integers(2, 8)), st.integers(0, 5))
    @settings(max_examples=60, deadline=None)
    def test_no_speaker_is_shared_and_every_clip_is_tested_once(self, corpus, n_splits, seed):
        y, speaker, _ = corpus
        splits = splits_of(y, protocol="speaker", n_splits=n_splits, seeds=[seed], speaker=speaker)
        for split in splits:
            assert not set(speaker[split.train]) & set(speaker[split.test])
            assert len(split.train) + len(split.test) == len(y)
            assert len(split.train) and len(split.test)
        assert sorted(np.concatenate([split.test for split in splits])) == list(range(len(y)))

    def test_each_speaker_is_a_fold_where_there_are_no_more_than_folds(self):
        y, speaker = np.tile(["a", "b"], 8), np.repeat(["Ann", "Ben", "Cem", "Dee"], 4)
        for n_splits in (None, 4, 10):
            splits = splits_of(y, protocol="speaker", n_splits=n_splits, speaker=speaker)
            assert [set(speaker[split.test]) for split in splits] == [{"Ann"}, {"Ben"}, {"Cem"}, {"Dee"}]

    def test_groups_of_speakers_have_alike_classes(self):
        # Half of the speakers say only "a", half only "b"; each of three groups gets as many of both.
        speaker = np.repeat(np.arange(12), 4)
        y = np.where(speaker < 6, "a", "b")
        for split in splits_of(y, protocol="speaker", n_splits=3, speaker=speaker):
            assert np.unique(y[split.test], return_counts=True)[1].tolist() == [8, 8]


class TestSpeakerAndText:
    @given(corpora(), st.one_of(st.none(), st.integers(4, 12)), st.integers(0, 5))
    @settings(max_examples=60, deadline=None)
    def test_neither_is_shared_and_no_clip_is_tested_twice(self, corpus, n_splits, seed):
        y, speaker, text = corpus
        splits = splits_of(y, protocol="speaker+text", n_splits=n_splits, seeds=[seed], speaker=speaker, text=text)
        for split in splits:
            assert not set(speaker[split.train]) & set(speaker[split.test])
            assert not set(text[split.train]) & set(text[split.test])
            assert not set(split.train) & set(split.test)
            assert len(split.train) and len(split.test)
        tested = [i for split in splits for i in split.test]
        assert len(tested) == len(set(tested))
        assert n_splits is None or len(splits) <= n_splits

    def test_every_clip_is_tested_where_every_speaker_says_every_text(self):
        speaker, text = (grid.ravel() for grid in np.meshgrid(range(6), range(5)))
        y = np.tile(["a", "b"], 15)
        splits = splits_of(y, protocol="speaker+text", n_splits=10, speaker=speaker, text=text)
        assert len(splits) == 9
        assert sorted(i for split in splits for i in split.test) == list(range(30))

    def test_without_a_number_every_pair_of_speaker_and_text_is_a_fold(self):
        speaker, text = (grid.ravel() for grid in np.meshgrid(range(3), range(4)))
        splits = splits_of(np.zeros(12), protocol="speaker+text", n_splits=None, speaker=speaker, text=text)
        assert [len(split.test) for split in splits] == [1] * 12
        assert [len(split.train) for split in splits] == [2 * 3] * 12

    def test_few_texts_leave_more_folds_to_the_speakers(self):
        # RAVDESS: 24 speakers, 2 texts.
        speaker, text = (grid.ravel() for grid in np.meshgrid(range(24), range(2)))
        splits = splits_of(np.zeros(48), protocol="speaker+text", n_splits=10, speaker=speaker, text=text)
        assert len(splits) == 10

    def test_few_speakers_leave_more_folds_to_the_texts(self):
        speaker, text = (grid.ravel() for grid in np.meshgrid(range(2), range(20)))
        splits = splits_of(np.zeros(40), protocol="speaker+text", n_splits=10, speaker=speaker, text=text)
        assert len(splits) == 10


class TestSeedsAndFolds:
    y = np.repeat(["a", "b"], 12)

    def test_folds_are_stratified_and_shuffled_by_the_seed(self):
        expected = StratifiedKFold(3, shuffle=True, random_state=7).split(self.y, self.y)
        assert same(splits_of(self.y, seeds=[7]), list(expected))

    def test_every_seed_has_folds_of_its_own(self):
        splits = splits_of(self.y, seeds=[0, 1])
        assert [(split.seed, split.fold) for split in splits] == [(s, f) for s in (0, 1) for f in (1, 2, 3)]
        assert not np.array_equal(splits[0].test, splits[3].test)

    def test_kfold_gives_the_published_folds(self):
        given = KFold(3, shuffle=True, random_state=46)
        assert same(splits_of(self.y, cv=given, seeds=[5]), list(given.split(self.y)))

    @pytest.mark.parametrize("cv", [KFold(3, shuffle=True), RepeatedStratifiedKFold(n_splits=3, n_repeats=1)])
    def test_a_splitter_without_a_seed_gets_it_and_stays_as_it_is(self, cv):
        first, second = splits_of(self.y, cv=cv, seeds=[5]), splits_of(self.y, cv=cv, seeds=[5])
        assert hash_splits(first) == hash_splits(second) != hash_splits(splits_of(self.y, cv=cv, seeds=[6]))
        assert cv.random_state is None

    def test_folds_can_be_given_as_positions(self):
        groups = np.arange(24) % 4
        pairs = list(GroupKFold(4).split(self.y, self.y, groups))
        assert same(splits_of(self.y, cv=iter(pairs)), pairs)

    def test_a_splitter_of_groups_gets_the_speakers(self):
        speaker = np.arange(24) % 4
        splits = splits_of(self.y, cv=GroupKFold(4), n_splits=None, speaker=speaker)
        assert [set(speaker[split.test]) & set(speaker[split.train]) for split in splits] == [set()] * 4
        with pytest.raises(ValueError, match="holds out groups, but speaker=None"):
            splits_of(self.y, cv=GroupKFold(4), n_splits=None)

    def test_folds_can_be_given_as_masks(self):
        test = np.arange(24) % 4 == 0
        assert same(splits_of(self.y, cv=[(~test, test)]), [(np.flatnonzero(~test), np.flatnonzero(test))])

    @pytest.mark.parametrize(
        ("train", "test", "message"),
        [
            (range(20), range(18, 24), "Fold 1 of cv trains on 2 of its 6 test clips, such as clip 18"),
            (range(20), [], "Fold 1 of cv has 20 training and 0 test clips"),
            ([], range(20), "Fold 1 of cv has 0 training and 20 test clips"),
            (range(20), [24], "positions from 0 to 24; 24 clips have positions from 0 to 23"),
            (range(20), [-1], "positions from -1 to 19"),
        ],
    )
    def test_folds_that_test_nothing_or_what_they_train_on_are_refused(self, train, test, message):
        with pytest.raises(ValueError, match=message):
            splits_of(self.y, cv=[(train, test)])


class TestHash:
    a = Split(0, 1, np.array([0, 1]), np.array([2]))

    def test_it_is_the_same_on_every_machine(self):
        narrow = Split(0, 1, self.a.train.astype(np.int32), self.a.test.astype(np.int32))
        # Each part with its length before it: seed and fold, training, test; little-endian integers of 64 bits.
        written = struct.pack("<8q", *(2, 0, 1), *(2, 0, 1), *(1, 2))
        assert hash_splits([narrow]) == hash_splits([self.a]) == hashlib.sha256(written).hexdigest()

    def test_it_tells_training_from_test(self):
        assert hash_splits([self.a]) != hash_splits([Split(0, 1, np.array([0]), np.array([1, 2]))])


class TestErrors:
    y = np.repeat(["a", "b"], 6)

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"protocol": "loso"}, "protocol='loso' is unknown; known are 'last-epoch', 'best-epoch'"),
            ({"protocol": "speaker"}, "needs the speaker of each clip, but speaker=None"),
            ({"protocol": "speaker", "speaker": np.repeat("Ann", 12)}, "at least two speakers, got only 'Ann'"),
            ({"protocol": "speaker+text", "speaker": np.arange(12)}, "needs the text of each clip, but text=None"),
            ({"protocol": "speaker", "speaker": np.arange(12), "cv": KFold(3)}, "makes its own folds, but cv=KFold"),
            ({"cv": KFold}, r"cv is the class KFold; make a splitter of it: cv=KFold\(\)"),
            ({"n_splits": None}, "n_splits=None is for the speaker protocols"),
            ({"n_splits": 1}, "n_splits=1 is too few; protocol='last-epoch' needs 2 or more"),
            (
                {"protocol": "speaker+text", "speaker": np.arange(12), "text": np.arange(12), "n_splits": 3},
                "needs 4 or more",
            ),
        ],
    )
    def test_what_is_missing_is_named(self, changed, message):
        with pytest.raises(ValueError, match=message):
            splits_of(self.y, **changed)


def marks(X):
    prints, _ = fingerprints(X)
    return prints.tolist()


class TestFingerprints:
    def test_waveforms_are_known_by_their_values(self):
        a, b = np.zeros(5), np.ones(5)
        prints = marks([a, b, a.copy(), (b, 8000)])
        assert prints[0] == prints[2]
        assert len(set(prints)) == 3

    def test_rows_of_an_array_are_known_as_they_are_one_by_one(self):
        assert marks(np.eye(3)) == marks(list(np.eye(3)))

    def test_files_are_known_by_what_is_heard(self, tmp_path):
        rng = np.random.default_rng(0)
        sound, other = rng.integers(-999, 999, (2, 800)).astype(np.int16)
        soundfile.write(tmp_path / "a.wav", sound, 8000)
        soundfile.write(tmp_path / "copy.flac", sound, 8000)
        soundfile.write(tmp_path / "b.wav", other, 8000)
        soundfile.write(tmp_path / "faster.wav", sound, 16000)
        a, copy, b, faster = marks([tmp_path / name for name in ("a.wav", "copy.flac", "b.wav", "faster.wav")])
        assert a == copy
        assert len({a, b, faster}) == 3

    def test_files_that_are_no_audio_are_known_by_their_bytes_and_missing_ones_by_name(self, tmp_path):
        (tmp_path / "a.wav").write_bytes(b"no audio")
        (tmp_path / "b.wav").write_bytes(b"no audio")
        a, b, c, d = marks([str(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav", "d.wav")])
        assert a == b
        assert len({a, c, d}) == 3

    def test_a_data_frame_is_its_rows(self):
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame({"pitch": [1.0, 2.0, 1.0]}, index=[5, 6, 7])
        first, second, third = marks(frame)
        assert first == third != second


class TestAudit:
    def test_what_the_test_fold_shares_with_training_is_counted(self):
        y = np.array(["a", "a", "b", "a", "c"])
        found = audit_split(
            Split(0, 1, train=np.array([0, 1, 2]), test=np.array([3, 4])),
            y,
            prints=np.array(["p", "q", "r", "p", "s"]),
            speaker=np.array(["Ann", "Ben", "Ann", "Ann", "Ben"]),
            text=np.array(["t1", "t1", "t1", "t2", "t1"]),
        )
        assert found == {
            "n_speaker_shared": 2,
            "n_text_shared": 1,
            "n_group_shared": None,
            "n_duplicates": 1,
            "missing_in_training": ["c"],
            "missing_in_test": ["b"],
        }

    def test_what_is_not_known_is_not_counted(self):
        y = np.array(["a", "b"])
        found = audit_split(Split(0, 1, np.array([0]), np.array([1])), y, np.array(["p", "q"]), None, None)
        assert found["n_speaker_shared"] is None
        assert found["n_text_shared"] is None
