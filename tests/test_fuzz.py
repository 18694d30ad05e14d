"""A short run of the fuzz target, so that it stays whole; `fuzz_decode` runs for as long as one likes."""

from fuzz_decode import fuzz


def test_mutated_streams_and_files_are_read_or_refused():
    fuzz(1_000, 2_000, seed=7)
