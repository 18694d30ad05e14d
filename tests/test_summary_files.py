"""Summary files: written and read back exactly, in place of events everywhere, added up, and refused where unsound."""

import hashlib
import json
import shutil
import struct
import tracemalloc
from dataclasses import dataclass, fields, make_dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_cli import fails, run

import lobstats
from lobstats.compare import compare
from lobstats.compare.agreement import SummaryError
from lobstats.compare.hours import Hours, rows_within, shared_hours
from lobstats.compare.sides import summarise
from lobstats.engine import choose_grid, observe, source_of_events
from lobstats.errors import DecodeError
from lobstats.metrics import collect
from lobstats.pattern import IntradayPattern
from lobstats.report.render import describe_observations
from lobstats.sample import added, row_spans
from lobstats.sample_files import read_sample, sample_bytes, sample_of_bytes, write_sample
from lobstats.series import Series
from lobstats.simulate import Market, simulate
from lobstats.summary.columns import pack, unpack
from lobstats.summary.lags import LagSums
from lobstats.summary.likeness import check_alike, structure
from lobstats.summary.summary import Summary, summarise_series

SECOND = 1_000_000_000
EMPTY = summarise_series(Series.empty(), None)[0][1]


def market(*, sessions=2, seconds=120.0, seed=1, **dials):
    return simulate(Market(n_sessions=sessions, session_seconds=seconds, **dials), rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def sample():
    return summarise(market())


@pytest.fixture(scope="module")
def content(sample):
    return sample_bytes(sample)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six sessions and as many others as events; a long and a short day."""
    folder = tmp_path_factory.mktemp("events")
    for name, events in (
        ("real", market(sessions=6)),
        ("other", market(sessions=6, seed=2)),
        ("day1", market(sessions=1, seconds=600.0, seed=3)),
        ("day2", market(sessions=1, seconds=600.0, seed=4)),
        ("model", market(sessions=1, seconds=600.0, seed=5)),
    ):
        (folder / f"{name}.bin").write_bytes(events.tobytes())
    return folder


def same(one, other, path=""):
    """Whether two results hold the same, to 1e-12 of each number; says where not."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            same(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for i, pair in enumerate(zip(one, other, strict=True)):
            same(*pair, f"{path}[{i}]")
    elif isinstance(one, float) and isinstance(other, float):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12), path
    else:
        assert one == other, path


def unnamed(result):
    """A report as JSON, without paths."""
    found = lobstats.to_dict(result)
    for side in (found["real"], *found["generated"]):
        del side["paths"]
    return found


# --- the columns


@dataclass(frozen=True)
class Leaf:
    values: NDArray[np.float64]
    total: int
    mean: float
    unit: str
    step: float | None
    seen: bool


@dataclass(frozen=True)
class Tree:
    leaf: Leaf
    parts: tuple[Leaf, ...]
    pair: tuple[int, str]
    tallies: dict[str, NDArray[np.int64]]
    last: Leaf | None


ARRAYS = st.one_of(
    st.lists(st.floats(allow_nan=False), max_size=4).map(lambda x: np.array(x, dtype=np.float64)),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4).map(lambda x: np.array(x, dtype=np.int64)),
    st.lists(st.integers(0, 255), min_size=4, max_size=4).map(lambda x: np.array(x, dtype=np.uint8).reshape(2, 2)),
    st.just(np.zeros((0, 3))),
)
LEAVES = st.builds(
    Leaf,
    ARRAYS,
    st.integers(-(2**500), 2**500),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.none() | st.floats(allow_nan=False),
    st.booleans(),
)
TREES = st.builds(
    Tree,
    LEAVES,
    st.lists(LEAVES, max_size=3).map(tuple),
    st.tuples(st.integers(), st.sampled_from(["a", ""])),
    st.dictionaries(st.sampled_from("abc"), ARRAYS, max_size=2),
    st.none() | LEAVES,
)


def plain(value):
    """A value with its arrays as what can be compared, types and all."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return type(value), np.float64(value).tobytes() if isinstance(value, float) else value


@given(st.lists(TREES, max_size=4))
@settings(max_examples=60)
def test_any_nested_dataclass_comes_back_as_it_was(rows):
    assert [plain(row) for row in unpack(pack(rows, Tree), Tree, len(rows))] == [plain(row) for row in rows]


@given(st.lists(TREES, min_size=1, max_size=3), st.data())
@settings(max_examples=150)
def test_damaged_columns_are_refused_or_read_and_never_crash(rows, data):
    raw = bytearray(pack(rows, Tree))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        unpack(bytes(raw), Tree, len(rows))
    except DecodeError as error:
        assert "do not fit together" in str(error)  # noqa: PT017 - either way is right


def test_a_type_that_cannot_be_stored_says_so():
    with pytest.raises(TypeError, match="cannot be stored in a summary file"):
        pack([{1}], set[int])
    with pytest.raises(TypeError, match="an array of complex128"):
        pack([np.zeros(2, dtype=complex)], NDArray[np.float64])


def test_a_new_field_needs_no_code_and_another_lag_or_field_has_another_fingerprint():
    wider = make_dataclass("wider", [("summary", Summary), ("new", LagSums)], frozen=True)
    row = wider(EMPTY, EMPTY.leverage)
    assert plain(unpack(pack([row], wider), wider, 1)[0]) == plain(row)
    known = structure(Summary, EMPTY)
    assert known == structure(Summary, summarise_series(Series.empty(), None)[0][1])
    assert known != structure(wider, row)
    lags = replace(EMPTY.abs_returns, lags=EMPTY.abs_returns.lags + 1)
    assert known != structure(Summary, replace(EMPTY, abs_returns=lags))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("moves", replace(EMPTY.moves, unit="euro")),
        ("abs_returns", replace(EMPTY.abs_returns, lags=EMPTY.abs_returns.lags + 1)),
        ("abs_returns", replace(EMPTY.abs_returns, pairs=EMPTY.abs_returns.pairs[1:])),
        ("trains", replace(EMPTY.trains, sizes=EMPTY.trains.sizes[1:])),
        ("moves", replace(EMPTY.moves, values=np.zeros((2, 0), dtype=np.int64))),
    ],
)
def test_rows_of_other_sizes_or_constants_are_refused(field, value):
    check_alike([EMPTY], EMPTY)
    with pytest.raises(DecodeError, match="do not fit together"):
        check_alike([EMPTY, replace(EMPTY, **{field: value})], EMPTY)


# --- the file


def test_a_sample_comes_back_exactly(sample, content):
    back = sample_of_bytes(content)
    assert sample_bytes(back) == content
    assert plain(back.total) == plain(sample.total)
    assert [(row.session, row.block) for row in back.rows] == [(row.session, row.block) for row in sample.rows]
    seen, found = sample.observations, back.observations
    assert describe_observations(found) == describe_observations(seen)
    assert plain(found.tallies) == plain(seen.tallies)
    for name, metric in collect().items():
        facts = []
        for total in (sample.total, back.total):
            try:
                facts.append(metric(getattr(total, metric.field)).to_dict())
            except lobstats.InsufficientDataError as error:
                facts.append(str(error))
        assert facts[0] == facts[1], name


def test_wild_values_survive():
    events = market(sessions=1, seconds=20.0)
    wild = events.copy()
    wild["px"][len(wild) // 2] = 2.0**40
    wild["qty"][len(wild) // 3] = 1e300
    one = summarise(wild, tick_size=0.25)
    assert plain(sample_of_bytes(sample_bytes(one)).total) == plain(one.total)


def test_a_side_without_trading_is_a_sample_as_well():
    quiet = market(sessions=1, seconds=20.0)
    quiet = quiet[(quiet["ev"] & 0xFF) != 2]
    one = summarise(quiet, tick_size=0.25)
    back = sample_of_bytes(sample_bytes(one))
    assert len(back.rows) == len(one.rows)


def test_every_byte_is_guarded(content):
    rng = np.random.default_rng(0)
    places = {*range(60), *range(len(content) - 40, len(content)), *rng.integers(len(content), size=200).tolist()}
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        with pytest.raises(DecodeError):
            sample_of_bytes(bytes(damaged))


def test_a_file_that_is_cut_off_or_too_long_says_so(content):
    for size in (0, 1, 7, 8, 20, 31, 32, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(DecodeError, match=r"cut off|no summary file"):
            sample_of_bytes(content[:size])
    with pytest.raises(DecodeError, match="damaged"):
        sample_of_bytes(content + b"\0")


def rebuilt(content, *, version=None, header=None, columns=None, announced=None):
    """The file with some part of it changed and the checksum made to fit."""
    import zstandard

    was, n_header, n_packed, n_columns = struct.unpack_from("<IIQQ", content, 8)
    own_header, packed = content[32 : 32 + n_header], content[32 + n_header : 32 + n_header + n_packed]
    header = own_header if header is None else header
    if columns is not None:
        packed, n_columns = zstandard.compress(columns), len(columns)
    numbers = (version or was, len(header), len(packed), n_columns if announced is None else announced)
    out = content[:8] + struct.pack("<IIQQ", *numbers) + header + packed
    return out + hashlib.sha256(out).digest()


def columns_of(content):
    import zstandard

    _, n_header, n_packed, n_columns = struct.unpack_from("<IIQQ", content, 8)
    return zstandard.decompress(content[32 + n_header : 32 + n_header + n_packed], max_output_size=n_columns)


def header_of(content):
    return json.loads(content[32 : 32 + struct.unpack_from("<I", content, 12)[0]])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "has version 2, and this lobstats reads version 1"),
        ({"header": b"{}"}, "was made by lobstats None, whose statistics are not those"),
        ({"header": b"[" * 100_000}, "the header cannot be read"),
        ({"header": b"\xff{"}, "the header cannot be read"),
        ({"announced": 1 << 60}, "cannot stand for"),
        ({"announced": 10}, "another size"),
        ({"columns": b""}, "do not fit together"),
        ({"columns": b"\xff" * 1000}, "do not fit together"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(content, change, says):
    with pytest.raises(DecodeError, match=says) as error:
        sample_of_bytes(rebuilt(content, **change))
    assert "\n" not in str(error.value)


def test_a_file_of_other_statistics_is_refused_with_the_version_that_made_it(content):
    header = json.dumps(header_of(content) | {"lobstats": "9.9", "statistics": "1-0"}).encode()
    with pytest.raises(DecodeError, match=r"was made by lobstats 9\.9, .* make it anew from its events with"):
        sample_of_bytes(rebuilt(content, header=header))


def test_rows_that_do_not_add_up_are_refused(sample):
    row = replace(sample.rows[0].summary, moves=replace(EMPTY.moves, counts=np.ones(3, dtype=np.int64)))
    forged = replace(sample, rows=(replace(sample.rows[0], summary=row), *sample.rows[1:]))
    with pytest.raises(DecodeError, match="the rows do not add up"):
        sample_of_bytes(sample_bytes(forged))


def test_forged_contents_are_refused_or_read_within_bounds():
    import zstandard

    content = sample_bytes(summarise(market(sessions=1, seconds=60.0)))
    columns, header = columns_of(content), json.dumps(header_of(content)).encode()
    rng = np.random.default_rng(1)
    forged = []
    for _ in range(40):
        raw = bytearray(columns)
        # Half of the changes lie at the beginning, where lengths and counts are.
        for place in rng.integers(len(raw) if rng.integers(2) else 3000, size=rng.integers(1, 5)):
            raw[place] = rng.integers(256)
        forged.append(rebuilt(content, columns=bytes(raw)))
    bomb = zstandard.compress(bytes(1 << 28))
    bomb = content[:8] + struct.pack("<IIQQ", 1, len(header), len(bomb), 1 << 26) + header + bomb
    forged.append(bomb + hashlib.sha256(bomb).digest())
    tracemalloc.start()
    for data in forged:
        try:
            sample_of_bytes(data)
        except DecodeError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either way is right
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6


# --- adding up


def test_two_files_summarised_together_are_the_sum_of_their_summaries():
    days = [market(sessions=2, seed=seed) for seed in (1, 2)]
    together = summarise(days)
    apart = added([sample_of_bytes(sample_bytes(summarise(day))) for day in days])
    assert plain(together.total.moves) == plain(apart.total.moves)
    assert plain(together.total.gaps.counts) == plain(apart.total.gaps.counts)
    one, other = together.observations, apart.observations
    assert one.duration_ns == other.duration_ns
    for name in ("n_records", "n_events", "start", "end", "validity", "replay", "not_continuous", "own_clock_ns"):
        assert getattr(one, name) == getattr(other, name), name
    assert plain(one.tallies) == plain(other.tallies)
    for name, metric in collect().items():
        try:
            fact = metric(getattr(together.total, metric.field)).to_dict()
        except lobstats.InsufficientDataError:
            continue
        same(fact, metric(getattr(apart.total, metric.field)).to_dict(), name)


def test_rows_of_different_lengths_add_up_in_the_longer_ones():
    events = market(sessions=1, seconds=600.0)
    fine, coarse = (summarise(events, row_ns=seconds * SECOND) for seconds in (30, 120))
    assert len(fine.rows) > len(coarse.rows)
    assert [(r.session, r.block) for r in fine.in_rows(120 * SECOND).rows] == [
        (r.session, r.block) for r in coarse.rows
    ]
    both = fine + coarse
    assert both.row_ns == 120 * SECOND
    assert [row.session for row in both.rows] == [0] * len(coarse.rows) + [1] * len(coarse.rows)
    assert both.total.moves.n == 2 * fine.total.moves.n
    with pytest.raises(ValueError, match="must be a multiple"):
        coarse.in_rows(30 * SECOND)


def test_samples_that_do_not_belong_together_do_not_add_up(sample):
    other = summarise(market(seed=3), tick_size=0.5)
    with pytest.raises(ValueError, match="do not add up"):
        sample + other


# --- in place of events


@pytest.fixture(scope="module")
def summaries(folder, tmp_path_factory):
    """The same samples as summaries: the real side by itself, the others like it."""
    target = tmp_path_factory.mktemp("summaries")
    write_sample(summarise(folder / "real.bin"), target / "real.lobs")
    write_sample(summarise(folder / "other.bin", like=target / "real.lobs"), target / "other.lobs")
    write_sample(summarise(folder / "day1.bin"), target / "day1.lobs")
    write_sample(summarise(folder / "day2.bin"), target / "day2.lobs")
    write_sample(summarise(folder / "model.bin", like=folder / "day1.bin"), target / "model.lobs")
    return target


@pytest.mark.parametrize(("real", "generated"), [("real", "other"), ("day1", "model")])
def test_a_report_from_summaries_is_that_from_events(real, generated, folder, summaries):
    expected = unnamed(compare(real=folder / f"{real}.bin", generated=folder / f"{generated}.bin"))
    for first, second in ((summaries, summaries), (folder, summaries), (summaries, folder))[
        : 3 if real == "real" else 1
    ]:
        paths = [
            place / f"{name}{'.bin' if place == folder else '.lobs'}"
            for place, name in ((first, real), (second, generated))
        ]
        assert unnamed(compare(real=paths[0], generated=paths[1])) == expected


def test_a_side_may_be_several_files_of_either_kind(folder, summaries):
    expected = unnamed(compare(real=[folder / "day1.bin", folder / "day2.bin"], generated=folder / "model.bin"))
    for real in (
        [summaries / "day1.lobs", summaries / "day2.lobs"],
        [folder / "day1.bin", summaries / "day2.lobs"],
    ):
        same(unnamed(compare(real=real, generated=summaries / "model.lobs")), expected)


def test_the_rollouts_of_a_model_are_one_side(folder, summaries, tmp_path, capsys):
    rollouts = tmp_path / "rollouts"
    rollouts.mkdir()
    for name in ("model", "day2"):
        shutil.copy(summaries / f"{name}.lobs", rollouts)
    assert run("report", summaries / "day1.lobs", rollouts, "--json", "-") == 0
    (found,) = json.loads(capsys.readouterr().out)["generated"]
    assert found["n_sessions"] == 2
    assert found["name"] == "rollouts"


def test_a_summary_on_another_grid_says_how_to_make_it_again(folder, summaries, tmp_path):
    coarse = tmp_path / "coarse.lobs"
    write_sample(summarise(folder / "other.bin", tick_size=0.5, clock_ns=1000), coarse)
    with pytest.raises(SummaryError) as error:
        compare(real=summaries / "real.lobs", generated=coarse)
    # The finer clock is at fault: times cannot be made finer.
    assert str(error.value) == (
        f"{summaries / 'real.lobs'}: was made with --clock 1ns, and here it must be `--clock 1000ns`; make it anew "
        "with this."
    )
    with pytest.raises(SummaryError, match=r"coarse\.lobs: was made with --tick-size 0\.5, .* `--tick-size 0\.25`"):
        compare(real=folder / "real.bin", generated=coarse)


def test_events_are_put_on_the_grid_of_the_summary_and_into_its_sessions(folder, tmp_path):
    path = tmp_path / "real.lobs"
    options = {"tick_size": 0.5, "clock_ns": 1000, "session_length_ns": 60 * SECOND, "keep": ["crossed"]}
    write_sample(summarise(folder / "real.bin", **options), path)
    result = compare(real=path, generated=folder / "other.bin")
    assert result.generated[0].observations.grid == result.real.observations.grid
    assert result.real.observations.grid.keep == ("crossed",)
    with pytest.raises(SummaryError, match=r"--session-length 60s, and here it must be `--session-length 30s`"):
        compare(real=path, generated=folder / "other.bin", session_length_ns=30 * SECOND)


def test_a_summary_with_another_pattern_of_the_day_is_refused(folder, summaries, tmp_path):
    own = tmp_path / "own.lobs"
    write_sample(replace(read_sample(summaries / "other.lobs"), pattern=IntradayPattern(np.full(288, 2.0))), own)
    for real in (summaries / "real.lobs", folder / "real.bin"):
        with pytest.raises(SummaryError, match=r"own\.lobs: was made with a pattern of .* `--like` and the real"):
            compare(real=real, generated=own)
    with pytest.raises(SummaryError, match=r"model\.lobs: was made with no pattern of the day"):
        compare(real=summaries / "real.lobs", generated=summaries / "model.lobs")


def test_days_without_a_pattern_add_up_to_a_side_without_one(folder, tmp_path):
    paths = []
    for number, seed in enumerate(range(5)):
        write_sample(summarise(market(sessions=1, seed=seed)), tmp_path / f"day{number}.lobs")
        paths.append(tmp_path / f"day{number}.lobs")
    result = compare(real=paths)
    assert result.pattern == lobstats.Missing("the summaries of the real side were made without one")
    assert result.plan.kind == "session"


def test_rows_that_are_too_long_for_the_blocks_are_refused(folder, summaries, tmp_path):
    long = tmp_path / "long.lobs"
    write_sample(summarise(folder / "model.bin", row_ns=120 * SECOND), long)
    with pytest.raises(SummaryError, match=r"is in rows of 120 s, .* make it anew with `--row-length 30s`"):
        compare(real=summaries / "day1.lobs", generated=long)


def test_cuts_and_malformed_real_data_are_refused(folder, summaries, tmp_path):
    with pytest.raises(SummaryError, match=r"real\.lobs: is a summary, which `--start` and `--end` cannot cut"):
        compare(real=summaries / "real.lobs", start_ns=0)
    events = lobstats.read(folder / "other.bin").copy()
    events["ev"][100] |= 0xFF
    (tmp_path / "bad.bin").write_bytes(events.tobytes())
    write_sample(summarise(tmp_path / "bad.bin", like=summaries / "real.lobs"), tmp_path / "bad.lobs")
    with pytest.raises(DecodeError, match=r"bad\.lobs: 1 records of its events are malformed"):
        compare(real=tmp_path / "bad.lobs")


def test_of_a_summary_the_rows_that_lie_in_the_shared_hours_are_kept(folder, tmp_path):
    events = lobstats.read(folder / "day1.bin")
    path = tmp_path / "day.lobs"
    write_sample(summarise(events), path)
    opening = int(events["exch_ts"][-1]) // (1800 * SECOND) * 1800 * SECOND
    model = lobstats.read(folder / "model.bin")
    part = lobstats.cut(model, start_ns=opening + 110 * SECOND, end_ns=opening + 400 * SECOND)
    result = compare(real=path, generated=part)
    (session,) = result.real.observations.sessions
    assert result.hours.start_ns % (3600 * SECOND) // SECOND - 1800 in range(110, 120)
    assert (session.start - opening, session.end - opening) == (120 * SECOND, 390 * SECOND)
    (note,) = result.real.observations.notes
    assert note.startswith(f"day: of the summary {path} the 9 of 20 rows are kept of which more than half lies in 14:3")
    source = source_of_events("day", events)
    (series,) = observe(source, choose_grid(source)).series
    time, gaps, _ = series.gaps()
    own = (time >= session.start) & (time < session.end)
    assert result.real.total.gaps.total == gaps[own].sum()
    assert result.real.total.moves.n == ((series.moves()[0] >= session.start) & (series.moves()[0] < session.end)).sum()


def test_rows_that_follow_a_pause_reach_back_over_it():
    events = market(sessions=1, seconds=600.0)
    start = int(events["exch_ts"][-1]) // (1800 * SECOND) * 1800 * SECOND
    pause = (events["exch_ts"] < start + 100 * SECOND) | (events["exch_ts"] > start + 300 * SECOND)
    one = summarise(events[pause], row_ns=30 * SECOND)
    spans = {row.block: (a - start, b - start) for row, (a, b) in zip(one.rows, row_spans(one), strict=True)}
    after = min(block for block in spans if block > 3)
    assert after > 9
    assert spans[after] == (120 * SECOND, (after + 1) * 30 * SECOND)
    assert spans[3] == (90 * SECOND, 120 * SECOND)
    midnight = start // (86400 * SECOND) * 86400 * SECOND
    kept = rows_within(one, Hours(start - midnight + 300 * SECOND, start - midnight + 700 * SECOND))
    # Most of the row after the pause lies before these hours.
    first = min(block for block in spans if block > after)
    assert [row.block for row in kept.rows] == [block - first for block in spans if block >= first]
    assert kept.observations.sessions[0].start == start + first * 30 * SECOND
    assert not rows_within(one, Hours(0, 60 * SECOND)).rows


def test_a_sample_made_like_a_shorter_real_side_is_cut_to_its_hours(folder, tmp_path):
    events = lobstats.read(folder / "model.bin")
    opening = int(events["exch_ts"][-1]) // (1800 * SECOND) * 1800 * SECOND
    real = lobstats.cut(lobstats.read(folder / "day1.bin"), end_ns=opening + 400 * SECOND)
    write_sample(summarise(events, like=real), tmp_path / "sample.lobs")
    found = compare(real=real, generated=tmp_path / "sample.lobs")
    expected = compare(real=real, generated=events)
    assert found.generated[0].observations.duration_ns == expected.generated[0].observations.duration_ns
    assert plain(found.generated[0].total.gaps) == plain(expected.generated[0].total.gaps)


def test_shared_hours_are_the_same_from_records_of_sessions(folder):
    source = source_of_events("real", lobstats.read(folder / "day1.bin"))
    seen = observe(source, choose_grid(source))
    assert shared_hours([seen.without_series()] * 2) == shared_hours([seen] * 2)


def test_real_recordings_give_the_same_report(data, tmp_path):
    day = data / "cme" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst"
    events = lobstats.read(day)
    middle = int(events["exch_ts"][len(events) // 2])
    halves = lobstats.cut(events, end_ns=middle), lobstats.cut(events, start_ns=middle)
    paths = tmp_path / "first.lobs", tmp_path / "second.lobs"
    write_sample(summarise(halves[0]), paths[0])
    write_sample(summarise(halves[1], like=paths[0]), paths[1])
    expected, found = (unnamed(compare(real=a, generated=b)) for a, b in (halves, paths))
    for report in (expected, found):
        for side in (report["real"], *report["generated"]):
            del side["name"]
    assert found == expected


# --- the command line


def test_a_summary_is_made_inspected_and_reported(folder, tmp_path, capsys):
    real, other = tmp_path / "real.lobs", tmp_path / "other.lobs"
    assert run("summarise", folder / "real.bin", "--out", real) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{real}: ")
    assert "rows      " in out
    assert run("summarise", folder / "other.bin", "--like", real, "--out", other, "--json", "-") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["n_sessions"] == 6
    assert made["pattern"] == "none found"
    assert run("inspect", other, "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["files"][0]["format"] == "summary"
    assert found["n_events"] == made["n_events"]
    assert found["sessions"] == made["sessions"]
    assert run("inspect", other) == 0
    assert "pattern   none found" in capsys.readouterr().out
    assert run("report", real, other, "--out", tmp_path / "r.html", "--json", tmp_path / "lobs.json") == 0
    events = (folder / "real.bin", folder / "other.bin")
    assert run("report", *events, "--out", tmp_path / "b.html", "--json", tmp_path / "bin.json") == 0
    pages = [(tmp_path / name).read_text().count("6 sessions") for name in ("r.html", "b.html")]
    assert pages[0] == pages[1] > 0
    reports = [json.loads((tmp_path / name).read_text()) for name in ("lobs.json", "bin.json")]
    for report in reports:
        for side in (report["real"], *report["generated"]):
            del side["paths"]
    assert reports[0] == reports[1]
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


def test_summaries_are_added_up_by_the_command(folder, summaries, tmp_path, capsys):
    out = tmp_path / "both.lobs"
    assert run("summarise", summaries / "day1.lobs", summaries / "day2.lobs", "--out", out) == 0
    assert run("summarise", folder / "day1.bin", folder / "day2.bin", "--out", tmp_path / "events.lobs") == 0
    one, other = read_sample(out), read_sample(tmp_path / "events.lobs")
    assert one.row_ns == other.row_ns
    assert [(row.session, row.block) for row in one.rows] == [(row.session, row.block) for row in other.rows]
    assert one.total.moves.n == other.total.moves.n
    capsys.readouterr()
    assert run("inspect", f"{summaries}/day*.lobs") == 0
    assert "sessions  2" in capsys.readouterr().out
    assert "do not add up. Look at them one by one" in fails(capsys, "inspect", summaries)


def test_what_cannot_be_summarised_is_one_line(folder, summaries, tmp_path, capsys):
    out = tmp_path / "a.lobs"
    assert "must end in .lobs" in fails(capsys, "summarise", folder / "real.bin", "--out", tmp_path / "a.bin")
    copy = shutil.copy(summaries / "day1.lobs", tmp_path / "day.lobs")
    assert "is an input" in fails(capsys, "summarise", copy, "--out", copy)
    cut = fails(capsys, "summarise", copy, "--start", "2024-01-01", "--out", out)
    assert "is a summary, which `--start` and `--end` cannot cut" in cut
    line = fails(capsys, "summarise", "fixtures/corrupt/unknown_kind.bin", "--out", out)
    assert "is not an event kind" in line
    for command in (("convert", copy, tmp_path / "a.bin"), ("convert", copy, tmp_path / "a.parquet")):
        assert "this is a summary, which holds no events" in fails(capsys, *command)
    shutil.copy(folder / "day1.bin", tmp_path / "day.bin")
    assert "holds both events and summaries" in fails(capsys, "report", tmp_path)
    assert not out.exists()


def test_a_damaged_summary_is_one_line_and_inspect_names_it(summaries, tmp_path, capsys):
    content = (summaries / "day1.lobs").read_bytes()
    path = tmp_path / "bad.lobs"
    for bad, says in (
        (content[:1000], "is cut off"),
        (content[:-1] + b"!", "is damaged"),
        (b"hello", "no summary file"),
    ):
        path.write_bytes(bad)
        for command in (("report", path), ("summarise", path, "--out", tmp_path / "o.lobs")):
            line = fails(capsys, *command)
            assert str(path) in line
            assert says in line
        assert run("inspect", path) == 0
        assert says in capsys.readouterr().out


def test_read_names_what_a_summary_is(summaries):
    with pytest.raises(DecodeError, match=r"day1\.lobs: this is a summary, which holds no events"):
        lobstats.read(summaries / "day1.lobs")
    with pytest.raises(DecodeError, match=r"none\.lobs: cannot be read"):
        read_sample(summaries / "none.lobs")
