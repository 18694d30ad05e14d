"""Mutated streams and files, by the hundred thousand: `python tests/fuzz_decode.py [--runs N] [--seed N]`.

Packed bytes must be accounted for to the last one and go through replay, sessions and every count; files of all formats
must be read or be refused with a `DecodeError`. The address space is limited to what good input needs and half a
gigabyte, so that an allocation that a value in the data decides ends the run. A failing input is kept in a file.
"""

import argparse
import gzip
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import zstandard
from conftest import Mbo, dbn_header

from lobstats.book import FAULTS, replay
from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import Events, decode_lenient
from lobstats.events.formats import WRITERS, read
from lobstats.events.validity import tally_records
from lobstats.sessions import cut, find_sessions

SIZE = 32
ROOM = 512 << 20
FIXTURE = Path(__file__).parent.parent / "fixtures" / "reference.bin"
Random = np.random.Generator


def check_packed(data: bytes) -> None:
    """Take any bytes through the whole way of a generated sample."""
    found = decode_lenient(data)
    kept = SIZE * (len(found.events) + sum(found.malformed.values()))
    assert len(data) == found.n_bytes == kept + found.discarded_bytes + found.trailing_bytes
    assert found.n_records == len(found.codes) == len(found.events) + sum(found.malformed.values())
    assert all(1 <= slip.offset < SIZE and slip.records_lost >= 1 for slip in found.slips)
    tallies = tally_records(found, 0.25)
    assert all(0 <= tally.total <= found.n_records for tally in tallies.values())
    book = replay(found.events, tick_size=0.25)
    assert len(book.time) <= len(found.events)
    assert all(book.counts[name] <= len(found.events) for name in FAULTS)
    sessions = find_sessions(found.events, book)
    assert sum(sessions.not_continuous.values()) <= len(found.events)
    if len(book.time):
        cut(found.events, start_ns=int(np.median(book.time)))


def check_file(content: bytes, path: Path) -> None:
    """Read a file that may hold anything."""
    path.write_bytes(content)
    try:
        events = read(path)
    except DecodeError as error:
        text = str(error)
    else:
        check_events(events)
        return
    assert text.startswith(f"{path}: ")
    assert "\n" not in text


def check_events(events: Events) -> None:
    """Replay what was read."""
    try:
        replay(events)
    except InsufficientDataError:
        replay(events, tick_size=1e-6)


def mutated(seed: bytes, rng: Random) -> bytes:
    """Change, put in, leave out, repeat and cut; sometimes noise alone."""
    if rng.random() < 0.02:
        return rng.bytes(int(rng.integers(0, 400)))
    data = bytearray(seed)
    for _ in range(int(rng.integers(1, 6))):
        if not data:
            break
        at, n = int(rng.integers(0, len(data))), int(rng.choice([1, 1, 2, 4, 8, 31, 32, 33]))
        how = rng.integers(0, 7)
        if how == 0:
            data[at : at + n] = rng.bytes(n)
        elif how == 1:
            data[at] ^= 1 << int(rng.integers(0, 8))
        elif how == 2:
            data[at:at] = rng.bytes(n)
        elif how == 3:
            del data[at : at + n]
        elif how == 4:
            data[at:at] = data[max(at - 32 * n, 0) : at]
        elif how == 5:
            edge = rng.choice([0, 1, -1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 10**18])
            data[at : at + 8] = int(edge).to_bytes(8, "little", signed=True)
        else:
            del data[max(len(data) - 3 * n, 0) :]
    return bytes(data)


def packed_seed(rng: Random) -> bytes:
    """Return some records of the simulated stream, a snapshot among them or not."""
    records = np.fromfile(FIXTURE, dtype=np.uint8, count=SIZE * 20_000).reshape(-1, SIZE)
    start, n = int(rng.choice([0, int(rng.integers(0, 19_000))])), int(rng.integers(1, 200))
    return records[start : start + n].tobytes()


def file_seeds(folder: Path) -> dict[str, bytes]:
    """Return a small good file of each format by the ending of its name."""
    events = read(FIXTURE)[60:140]
    seeds = {ending: write(events) for ending, write in WRITERS.items()}
    seeds[".bin.gz"] = gzip.compress(events.tobytes(), mtime=0)
    seeds[".bin.zst"] = zstandard.ZstdCompressor().compress(events.tobytes())
    records = b"".join(bytes(Mbo(ts_event=1_000 + i, order_id=i + 1, price=(100 + i) * 10**9)) for i in range(20))
    seeds[".dbn"] = dbn_header() + records
    seeds[".dbn.zst"] = zstandard.ZstdCompressor().compress(seeds[".dbn"])
    mbo = ",".join(
        ("ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size", "order_id,flags,symbol")
    )
    cells = [
        (i, 1000 + i, 160, 1, 7, "ACMT"[i % 4], "BA"[i % 2], (100 + i) * 10**9, 5, i // 4, 128, "T") for i in range(20)
    ]
    seeds["mbo.csv"] = csv(mbo, cells)
    sides = [(side, what, i) for i in range(10) for side in ("bid", "ask") for what in ("px", "sz", "ct")]
    level = [v for i in range(1, 11) for v in ((100 - i) * 10**9, 3, 1, (100 + i) * 10**9, 3, 1)]
    mbp = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,"
    cells = [(i, i, 10, 1, 7, "A", "B", 0, 10**11, 5, 128, 0, i, *level, "T") for i in range(9)]
    seeds["mbp.csv"] = csv(mbp + ",".join(f"{side}_{what}_{i:02}" for side, what, i in sides) + ",symbol", cells)
    types = (1, 2, 4, 5, 3)
    cells = [(f"34200.{i:09}", types[i % 5], i // 5, 10, 100_000 + i // 5, 1 - i % 2 * 2) for i in range(25)]
    seeds["T_2012-06-21_34200000_57600000_message_1.csv"] = csv(None, cells)
    frame = pd.DataFrame({"ts_ns": range(9), "order_id": [1, 2, 3] * 3, "qty": 5.0, "px": 10.25, "fill_px": np.nan})
    frame["event"] = ["ORDER_ACCEPTED"] * 3 + ["ORDER_EXECUTED"] * 3 + ["ORDER_CANCELLED"] * 3
    frame["is_buy"] = [True, False, True] * 3
    frame[["ts_ns", "event", "order_id", "is_buy", "qty", "px", "fill_px"]].to_parquet(folder / "log.parquet")
    seeds["log.parquet"] = (folder / "log.parquet").read_bytes()
    return seeds


def csv(head: str | None, rows: list[tuple[object, ...]]) -> bytes:
    """Return rows as text."""
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join([*([] if head is None else [head]), *lines, ""]).encode()


def run(name: str, n: int, seed: int, keep: Path, one: Callable[[Random], tuple[bytes, Callable[[], None]]]) -> None:
    """Run a target ``n`` times; the input that fails is kept."""
    began = time.monotonic()
    for i in range(n):
        content, check = one(np.random.default_rng([seed, i]))
        try:
            check()
        except BaseException:
            keep.write_bytes(content)
            print(f"{name}: input {i:,} of seed {seed} failed; kept as {keep}", file=sys.stderr)
            raise
    print(f"{name}: {n:,} inputs without a fault in {time.monotonic() - began:.0f} s")


def fuzz(n_packed: int, n_files: int, seed: int) -> None:
    """Fuzz packed streams, and files of every format."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def packed(rng: Random) -> tuple[bytes, Callable[[], None]]:
            data = mutated(packed_seed(rng), rng)
            return data, lambda: check_packed(data)

        run("packed", n_packed, seed, Path("fuzz-failed.bin"), packed)
        seeds = list(file_seeds(folder).items())

        def file(rng: Random) -> tuple[bytes, Callable[[], None]]:
            ending, good = seeds[int(rng.integers(0, len(seeds)))]
            content = mutated(good, rng)
            return content, lambda: check_file(content, folder / f"input{ending}")

        for ending, good in seeds:
            check_file(good, folder / f"input{ending}")
        run("files", n_files, seed, Path("fuzz-failed.file"), file)


def limit_memory() -> None:
    """Let the process grow by no more than `ROOM` beyond what good input has made it."""
    fuzz(50, 50, 1)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM,) * 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    limit_memory()
    fuzz(options.runs, options.runs, options.seed)
