"""The robust recipe beside the paper's: CPU time of one fold with speakers in training and test, features included."""

import time

from race import note
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from sktimnet.datasets import CORPORA, load_emodb
from sktimnet.recipes import make_recipe

FEW, MORE = 3, 8  # epochs of 500: each takes as long


def cpu_seconds(recipe, corpus, train, test):
    start = time.process_time()
    recipe.fit(corpus.data[train], corpus.target[train]).predict(corpus.data[test])
    return time.process_time() - start


def test_the_robust_recipe_takes_an_eighth_of_the_papers_time(benchmark, emodb_root):
    corpus = load_emodb(emodb_root)
    fold = next(StratifiedKFold(10, shuffle=True, random_state=0).split(corpus.data, corpus.target))
    paper = make_recipe("paper", random_state=0).set_params(mfcc__clip_length=CORPORA["EMODB"].clip_length)
    robust = make_recipe("robust", random_state=0)
    for recipe in (clone(paper).set_params(timnet__max_epochs=1), robust):  # what is imported and compiled once
        recipe.fit(corpus.data[::20], corpus.target[::20])
    few, more = (cpu_seconds(paper.set_params(timnet__max_epochs=n), corpus, *fold) for n in (FEW, MORE))
    whole = few + (500 - FEW) * (more - few) / (MORE - FEW)
    result = note(benchmark, [(benchmark.pedantic(cpu_seconds, args=(robust, corpus, *fold)), whole)])
    print(f"\npaper {whole:.0f} s in 500 epochs, robust {result.ours:.0f} s: 1/{1 / result.ratio:.0f}")
    assert result.ratio < 1 / 8
