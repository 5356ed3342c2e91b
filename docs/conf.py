"""Sphinx configuration."""

import sktimnet

project = "sktimnet"
author = "the sktimnet developers"
project_copyright = "2026, the sktimnet developers"
version = release = sktimnet.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 2  # links such as guide.md#saving
autosummary_generate = True
numpydoc_show_class_members = False
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
html_title = f"sktimnet {version}"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
