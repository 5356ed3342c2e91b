"""Sphinx configuration."""

import sktimnet

project = "sktimnet"
author = "the sktimnet developers"
project_copyright = "2026, the sktimnet developers"
version = release = sktimnet.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath"]
autosummary_generate = True
numpydoc_show_class_members = False
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
html_theme = "alabaster"
html_theme_options = {"description": sktimnet.__doc__, "page_width": "1100px", "sidebar_width": "220px"}
