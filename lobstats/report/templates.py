"""The page's templates: names of files may hold anything, so all of it is escaped, and only drawings are not."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lobstats.report.numbers import duration, some
from lobstats.report.render import iso_time

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["rendered"]


def rendered(name: str, **values: Any) -> str:
    """Fill a template of the page."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("lobstats.report").joinpath("page")
    environment = Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": duration, "iso_time": iso_time, "some": some}
    return environment
