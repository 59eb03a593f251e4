"""How Data Docs look: what Great Expectations tells → HTML by the templates in `site/`, whole in itself.

Its own templates load scripts and styles from public servers; where these are out of reach, its index stays empty.
"""

from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader

# As the configuration of a site names it.
VIEW = {"module_name": __name__, "class_name": "PageView"}
_TEMPLATES = Path(__file__).with_name("site")


class PageView(DefaultJinjaPageView):
    """Every page of the site, the index too; a template that we do not have is that of Great Expectations."""

    def __init__(self, **directories: Any) -> None:
        super().__init__(**directories)
        theirs = PackageLoader("great_expectations", "render/view/templates")
        self.env.loader = ChoiceLoader([FileSystemLoader(_TEMPLATES), theirs])
