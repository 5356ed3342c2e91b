"""The documentation's tables are those of the committed reports, and the reports hold no path."""

import json
import re
import runpy
from pathlib import Path

import pytest

from sktimnet.recipes import make_recipe

ROOT = Path(__file__).resolve().parents[1]
REPORTS = sorted((ROOT / "docs/results").glob("*.json"))


@pytest.fixture(scope="module")
def make_results():
    """Give the names of the script that makes tables and pictures, without running it."""
    pytest.importorskip("matplotlib")
    return runpy.run_path(str(ROOT / "docs/make_results.py"))


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{name}.md" for name in ("experiments", "new_speakers", "robustness", "confidence"))]
)
def test_tables_are_made_of_the_committed_reports(make_results, page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert make_results["with_tables"](text) == text


def test_every_table_stands_on_a_page(make_results):
    text = "".join(page.read_text(encoding="utf-8") for page in make_results["PAGES"])
    assert [name for name in make_results["TABLES"] if f"<!-- {name} -->" not in text] == []


@pytest.mark.parametrize(
    "file",
    [file for file in REPORTS if re.match(r"(table2-|robustness-)?(robust|linear)[-_]", file.stem)],
    ids=lambda file: file.stem,
)
def test_a_report_of_a_recipe_is_of_the_classifier_that_it_has(file):
    recipe = "linear" if "linear" in file.stem else "robust"
    parameters = json.loads(file.read_text(encoding="utf-8"))["settings"]["parameters"]
    assert parameters["classifier"] == repr(make_recipe(recipe).classifier)


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_a_report_holds_no_path(file):
    assert [text for text in strings(json.loads(file.read_text(encoding="utf-8"))) if "/" in text] == []


def strings(value):
    """List the strings in a document, keys of objects too."""
    if isinstance(value, str):
        return [value]
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in strings(part)]
