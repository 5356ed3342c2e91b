"""Sphinx configuration."""

import os
import sys
from pathlib import Path

import sphobjinv

import sktimnet

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the same figures everywhere, and no waiting on busy cores

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))  # for topics, the order of the examples
SITES = {
    "sklearn": "https://scikit-learn.org/stable/",
    "skorch": "https://skorch.readthedocs.io/en/stable/",
    "torch": "https://docs.pytorch.org/docs/stable/",
    "librosa": "https://librosa.org/doc/latest/",
}


def offline(name):
    """Compress the names of another project's documentation that are needed where its site cannot be reached."""
    file = DOCS / "_build" / f"{name}.inv"
    file.parent.mkdir(exist_ok=True)
    names = sphobjinv.Inventory(fname_plain=DOCS / "inventories" / f"{name}.txt")
    file.write_bytes(sphobjinv.compress(names.data_file()))
    return str(file)


project = "sktimnet"
author = "the sktimnet developers"
project_copyright = "2026, the sktimnet developers"
version = release = sktimnet.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates", "auto_examples/*.py", "**/*.ipynb", "**sg_execution_times.rst"]
templates_path = ["_templates"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3  # links such as saving.md#elsewhere-onnx
autosummary_generate = True
numpydoc_show_class_members = False
intersphinx_mapping = {name: (site, (None, offline(name))) for name, site in SITES.items()}
intersphinx_timeout = 5
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"  # names of methods alone fit beside the page

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "ignore_pattern": r"^(?!plot_)",  # programs that need corpora or a microphone
    "within_subsection_order": "topics.Topics",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
}

html_title = f"sktimnet {version}"
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "use_edit_page_button": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_context = {"default_mode": "auto"}
html_show_sourcelink = True
html_static_path = ["_static"]
html_css_files = ["pages.css"]
