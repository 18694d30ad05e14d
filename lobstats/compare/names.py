"""Names of samples that tell them apart, wherever they are shown or kept."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lobstats.engine import Source
from lobstats.events.formats import stem

__all__ = ["told_apart"]


def told_apart(sources: Sequence[Source]) -> list[Source]:
    """Return sources with names of which no two are the same; the first, the real one, keeps its own.

    Generated samples that share a stem, such as ``a/day.bin`` and ``b/day.bin``, are named by as many of their folders
    as it takes. Where folders do not help, as for one file given twice, "(generated)" or a number does.
    """
    names = [source.name for source in sources]
    taken: list[str] = names[:1]
    for place, source in enumerate(sources[1:], start=1):
        rivals = [other for other in sources if other is not source and other.name == source.name]
        name = _by_folders(source, rivals) if rivals else source.name
        if name in taken and name == names[0]:
            name = f"{name} (generated)"
        number, plain = 2, name
        while name in taken or (name != source.name and name in names):
            name = f"{plain} ({number})"
            number += 1
        names[place] = name
        taken.append(name)
    return [_named(source, name) for source, name in zip(sources, names, strict=True)]


def _named(source: Source, name: str) -> Source:
    samples = [replace(part, observations=replace(part.observations, name=name)) for part in source.samples]
    return replace(source, name=name, samples=tuple(samples))


def _by_folders(source: Source, rivals: Sequence[Source]) -> str:
    """Return a source's name with the fewest folders that none of its rivals shares; without, if all of them do."""
    own, others = _folders(source), [_folders(rival) for rival in rivals]
    for depth in range(1, len(own) + 1):
        if all(own[-depth:] != other[-depth:] for other in others):
            return "/".join((*own[-depth:], source.name))
    return source.name


def _folders(source: Source) -> tuple[str, ...]:
    """Return the folders above the file or folder that a source is named after."""
    if not source.paths:
        return ()
    parts = Path(source.paths[0]).absolute().parts
    last = max((i for i, part in enumerate(parts) if source.name in (part, stem(Path(part)))), default=len(parts) - 1)
    return tuple(part for part in parts[:last] if part != parts[0])
