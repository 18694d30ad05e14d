"""Output files: whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path

from lobstats.errors import LobstatsError

__all__ = ["OutputError", "check_folder", "check_outputs", "write_all"]


class OutputError(LobstatsError, OSError):
    """An output path that cannot be written."""


def check_outputs(outputs: list[Path], inputs: list[Path]) -> None:
    """Make sure, before any long work, that each output can be written and overwrites no input.

    Raises
    ------
    OutputError
        With the path and what to do.
    """
    for path in outputs:
        if path.exists() and not path.is_file() and not path.is_dir():
            msg = f"{path}: is no regular file and would be replaced; name a file."
            raise OutputError(msg)
    taken = {path.resolve() for path in inputs}
    if len({path.resolve() for path in outputs}) < len(outputs):
        msg = f"{outputs[0]}: two outputs name one file; give each its own."
        raise OutputError(msg)
    for path in outputs:
        if path.is_dir():
            msg = f"{path}: is a folder; name a file in it."
            raise OutputError(msg)
        if path.resolve() in taken:
            msg = f"{path}: is an input; choose another name for the output."
            raise OutputError(msg)
        draft = _draft(path)
        try:
            draft.open("xb").close()
            draft.unlink()
        except OSError as error:
            raise _unwritable(path, error) from error


def check_folder(folder: Path) -> None:
    """Make sure, before any long work, that a folder can be written to, or made in one that exists.

    Raises
    ------
    OutputError
        With the path and what to do.
    """
    if folder.is_dir():
        check_outputs([folder / "figure"], [])
        return
    if folder.exists():
        msg = f"{folder}: is a file; name a folder for the figures."
        raise OutputError(msg)
    try:
        folder.mkdir()
        folder.rmdir()
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write files beside their places first and move them there together, so that none is ever half-written.

    Raises
    ------
    OutputError
        With the path and what to do; what stood there before is left as it was.
    """
    path = Path()
    try:
        for path, content in contents.items():
            _draft(path).write_bytes(content)
        for path in contents:
            _draft(path).replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        for path in contents:
            _draft(path).unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"{path}: cannot be written ({reason}); choose a folder that exists and that you may write to.")
