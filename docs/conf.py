"""How the documentation is built: ``sphinx-build -W docs build/docs``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from lobstats import __version__

project = "lobstats"
author = "lobstats authors"
copyright = "2026, lobstats authors"
release = __version__
html_title = f"lobstats {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "lobstats_docs"]
exclude_patterns = ["_ext", "_static"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

default_role = "py:obj"  # a name in single backticks is a link where it is public
autodoc_typehints = "none"  # docstrings give types and shapes, in words
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False

smartquotes = False  # an apostrophe in a formula is a prime

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["lobstats.css"]
html_copy_source = False
