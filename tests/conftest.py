"""What the tests share: the real recordings, and a writer of Databento files."""

import datetime as dt
import importlib
import os
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import databento_dbn as dbn
import numpy as np
import pytest
from hypothesis import settings

from lobstats.compare import Comparison, compare
from lobstats.engine import source_of_events
from lobstats.events.codec import kinds
from lobstats.events.formats import read
from lobstats.events.layout import Kind
from lobstats.simulate import Market, simulate

# The same examples on every run; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("lobstats", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=5_000)
settings.load_profile("lobstats")


def library(name: str):
    """Return a library that only some tests need; without it they are skipped, or fail where all must run."""
    try:
        return importlib.import_module(name)
    except ImportError:
        text = f"{name} is not installed; pip install -e '.[dev,oracles,torch]'"
        if os.environ.get("LOBSTATS_REQUIRE_ALL") == "1":
            pytest.fail(text)
        pytest.skip(text)


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real recordings; without it the test is skipped, or fails where all must run."""
    beside = Path(__file__).parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("LOBSTATS_DATA", beside))
    if not folder.is_dir():
        text = f"the real recordings are not at {folder}; set LOBSTATS_DATA to their folder"
        if os.environ.get("LOBSTATS_REQUIRE_ALL") == "1":
            pytest.fail(text)
        pytest.skip(text)
    return folder


@pytest.fixture(scope="session")
def esh4(data):
    return read(data / "cme" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst")


@pytest.fixture(scope="session")
def clx5(data):
    return read(data / "cme" / "clx5-glbx-mdp3-20250924.mbo.dbn.zst")


EVIL = "<b>`x`</b> | *a*\n[b](c) \\|"  # markup of every kind, in a name short enough to be shown whole


@pytest.fixture(scope="session")
def compared() -> Comparison:
    """Six short sessions and three samples: a good one with an evil name, a bad one, one without a trade."""
    market = Market(n_sessions=6, session_seconds=60, rate=4.0)
    bad = replace(market, volatility=40.0, burst=0.0, clustering=0.0)
    sides = enumerate((market, market, bad))
    real, good, other = (simulate(dials, rng=np.random.default_rng(seed)) for seed, dials in sides)
    samples = {EVIL: good, "bad": other, "silent": good[kinds(good) != Kind.TRADE]}
    generated = [source_of_events(name, events) for name, events in samples.items()]
    return compare(real=source_of_events("market", real), generated=generated)


@pytest.fixture(scope="session")
def two_models() -> Comparison:
    """The fixtures, a good model and a bad one."""
    folder = Path(__file__).parent.parent / "fixtures"
    generated = [folder / "generated.bin", folder / "generated_bad.bin"]
    return compare(real=folder / "reference.bin", generated=generated)


@dataclass(frozen=True)
class Mbo:
    """One market-by-order record as Databento lays it out; the defaults make a live add."""

    ts_event: int = 1_000
    action: str = "A"
    side: str = "B"
    order_id: int = 1
    price: int = 100_000_000_000
    size: int = 5
    flags: int = 0x80
    instrument_id: int = 100
    publisher_id: int = 1
    ts_recv: int = 5_000_000
    rtype: int = 0xA0
    length: int = 14

    def __bytes__(self) -> bytes:
        return struct.pack(
            "<BBHIQQqIBBccQiI",
            self.length,
            self.rtype,
            self.publisher_id,
            self.instrument_id,
            self.ts_event,
            self.order_id,
            self.price,
            self.size,
            self.flags,
            0,
            self.action.encode(),
            self.side.encode(),
            self.ts_recv,
            0,
            0,
        )


def dbn_header(*, symbols=None, schema=dbn.Schema.MBO, version: int = 2) -> bytes:
    """Return the header of a Databento file; ``symbols`` maps a symbol to its instrument id."""
    first, last = dt.date(1970, 1, 1), dt.date(1970, 1, 2)
    mappings = [
        SimpleNamespace(
            raw_symbol=symbol,
            intervals=[
                SimpleNamespace(start_date=first, end_date=last, symbol=str(number))
                for number in (numbers if isinstance(numbers, tuple) else (numbers,))
            ],
        )
        for symbol, numbers in (symbols or {"TEST": 100}).items()
    ]
    header = dbn.Metadata(
        dataset="GLBX.MDP3",
        start=0,
        stype_in=dbn.SType.RAW_SYMBOL,
        stype_out=dbn.SType.INSTRUMENT_ID,
        schema=schema,
        symbols=[mapping.raw_symbol for mapping in mappings],
        mappings=mappings,
        version=version,
    )
    return bytes(header.encode())


@pytest.fixture
def write_dbn(tmp_path):
    """Return a function that writes records as a plain Databento file and returns its path."""

    def write(records, *, name: str = "test.dbn", **header) -> Path:
        path = tmp_path / name
        path.write_bytes(dbn_header(**header) + b"".join(map(bytes, records)))
        return path

    return write
