"""What lobstats raises."""

__all__ = ["DecodeError", "InsufficientDataError", "LobstatsError"]


class LobstatsError(Exception):
    """Base of every error that lobstats raises on purpose; its text says what, where and what to do."""


class DecodeError(LobstatsError, ValueError):
    """Bytes or a file that cannot be read as events."""


class InsufficientDataError(LobstatsError, ValueError):
    """Too little or degenerate data for an estimate."""
