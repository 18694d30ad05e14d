"""The corrected form of LOB-Bench's scores: what the published form gets wrong, it does not."""

import json
import math

import numpy as np
import pytest

from lobstats.cli import main
from lobstats.compare.floor import SeriesComparison
from lobstats.compare.lob_bench import SCORES, lob_bench
from lobstats.compare.lob_bench.impact import CLASSES, touch_events
from lobstats.compare.lob_bench.judged import judge
from lobstats.compare.lob_bench.sequences import EMPTY, LobsterSequence, as_sequences
from lobstats.errors import DecodeError
from lobstats.report.lob_bench import lob_bench_text
from lobstats.result import Missing

TICK, LEVELS = 100, 10
OPEN = 34_200


def market(seed, *, n=300, rate=20.0, cancel=2.0, start=OPEN, wide=0.3):
    """Return a sequence in which each order lives for an exponential time and prices walk by ticks."""
    rng = np.random.default_rng(seed)
    messages, book, resting, ask, bid = [], [], [], 5_000_100, 5_000_000
    time = start + rng.random()
    for order in range(n):
        time += rng.exponential(1 / rate)
        while resting and resting[0][0] <= time:
            gone, number, price, side = resting.pop(0)
            messages.append((gone, 3, number, 100, price, side))
            book.append(levels(ask, bid, rng))
        side = int(rng.choice([-1, 1]))
        if rng.random() < wide:
            move = TICK * int(rng.choice([-1, 1]))
            bid += move
            ask = bid + TICK * int(rng.integers(1, 4))
        price = bid if side > 0 else ask
        kind = 4 if rng.random() < 0.1 else 1
        messages.append((time, kind, order + 1, 100, price, side))
        book.append(levels(ask, bid, rng))
        if kind == 1:
            resting = sorted([*resting, (time + rng.exponential(1 / cancel), order + 1, price, side)])
    return LobsterSequence.of(messages, book)


def levels(ask, bid, rng):
    sizes = rng.integers(1, 20, size=(LEVELS, 2)) * 100
    return [
        value for i in range(LEVELS) for value in (ask + TICK * i, int(sizes[i, 0]), bid - TICK * i, int(sizes[i, 1]))
    ]


def with_book(s, row, column, value):
    book = s.book.copy()
    book[row, column] = value
    return LobsterSequence(s.time, s.kind, s.order_id, s.size, s.price, s.direction, book, s.name)


@pytest.fixture(scope="module")
def real():
    return [market(seed) for seed in range(12)]


@pytest.fixture(scope="module")
def generated():
    return [market(seed) for seed in range(100, 112)]


@pytest.fixture(scope="module")
def found(real, generated):
    return lob_bench(real=real, generated=generated)


def test_two_samples_of_one_market_are_within_noise(found):
    verdicts = [one.verdict for one in found.judged.values()]
    assert verdicts.count("within noise") >= 20
    assert "apart" not in verdicts
    assert found.score < 1.1
    assert {curve.verdict for curve in found.impact.values()} <= {"within noise", "close", None}
    assert found.impact["CA_1"].verdict is None  # there is none


def test_a_copy_is_at_zero(real):
    same = lob_bench(real=real, generated=real)
    assert all(one.distances["wasserstein"].value == 0 for one in same.judged.values())
    assert all(one.l1 == 0 for one in same.published.values())
    assert {one.wasserstein for one in same.published.values()} == {0, None}  # None where no value differs
    assert same.score == 1
    assert all(curve.ratio == 0 for curve in same.impact.values() if curve.ratio is not None)


def test_a_market_with_other_lifetimes_and_gaps_is_told_apart_there_and_not_elsewhere(real):
    other = [market(seed, rate=60.0, cancel=8.0) for seed in range(200, 212)]
    judged = lob_bench(real=real, generated=other).judged
    assert judged["log_inter_arrival_time"].verdict == judged["log_time_to_cancel"].verdict == "apart"
    assert judged["spread"].verdict == judged["ask_volume_touch"].verdict == "within noise"


def test_a_set_hazard_gives_the_share_that_is_cancelled_within_a_second():
    long = [market(seed, n=2000, rate=50.0, cancel=1.5) for seed in range(3)]
    kept = lob_bench(real=long, generated=long).kept_apart[0]["not_cancelled"]
    assert kept == pytest.approx(math.exp(-1.5), abs=0.03)


def test_one_wild_value_moves_the_corrected_distance_by_its_share_and_no_cell(real, generated):
    plain = lob_bench(real=real, generated=generated)
    wild = [with_book(generated[0], 7, 1, 10**9), *generated[1:]]
    found = lob_bench(real=real, generated=wild)
    # Pooled deviations make the rest of the sample look good.
    assert found.published["ask_volume_touch"].wasserstein < plain.published["ask_volume_touch"].wasserstein
    own, before = (one.judged["ask_volume_touch"].distances for one in (found, plain))
    assert own["ks"].value == pytest.approx(before["ks"].value, abs=1e-3)
    assert own["ks"].floor == pytest.approx(before["ks"].floor, rel=0.05)


def test_an_empty_side_is_left_out_and_counted(real, generated):
    hollow = with_book(with_book(generated[0], 7, 0, EMPTY), 7, 1, 0)
    plain, found = (lob_bench(real=real, generated=[one, *generated[1:]]) for one in (generated[0], hollow))
    assert found.kept_apart[1]["one_sided"] > 0 == plain.kept_apart[1]["one_sided"]
    assert found.published["spread"].wasserstein < 0.8 * plain.published["spread"].wasserstein  # it looks better
    own, before = (one.judged["spread"].distances["wasserstein"].value for one in (found, plain))
    assert own == pytest.approx(before, abs=0.1)


def test_lots_of_one_size_do_not_hide_a_difference():
    def sizes(seed, share):
        rng = np.random.default_rng(seed)
        return [np.where(rng.random(400) < share, 200.0, 100.0) for _ in range(10)]

    found = judge(sizes(1, 0.03), sizes(2, 0.196), level=0.95, rng=np.random.default_rng(0))
    assert found.distances["total_variation"].value == pytest.approx(0.166, abs=0.02)
    assert found.verdict == "apart"


def test_what_a_side_lacks_is_missing_and_never_perfect(real):
    short = [s.between(0, 60) for s in real]
    found = lob_bench(real=real, generated=short)
    assert found.published["ofi"].l1 is None
    assert found.published["ofi"].wasserstein is None
    assert found.judged["ofi"] == Missing("no value in the generated sample")
    assert found.summary()["l1"] == {"mean": None, "median": None}
    assert found.score is None
    assert found.divergence["ofi"]["generated"] == [None]
    assert "NaN" not in json.dumps(found.to_dict(), allow_nan=False)


def test_few_sequences_get_no_verdict(real, generated):
    found = lob_bench(real=real[:3], generated=generated)
    assert found.judged["spread"] == Missing("3 of 3 real sequences hold a value; a verdict needs 5")
    assert found.impact["LO_1"].verdict is None
    assert "a verdict needs 5" in lob_bench_text(found)


def test_volume_is_that_of_whole_seconds_and_nothing_is_rescaled():
    one = LobsterSequence.of(
        [(10.999999, 4, 1, 100, 5, 1), (11.5, 4, 2, 7, 5, 1), (13.2, 4, 3, 30, 5, 1), (14.0, 1, 4, 1, 5, 1)],
        [[6, 1, 5, 1]] * 4,
    )
    assert SCORES["vol_per_min"].values(one).tolist() == pytest.approx([6e9, 420, 9000])
    assert SCORES["vol_per_min"].corrected(one).tolist() == [7.0, 0.0, 30.0]


def test_an_execution_right_after_an_event_of_its_price_and_side_is_one_with_it():
    messages = [(1.0, 1, 1, 5, 9, 1), (2.0, 1, 2, 5, 10, 1), (2.0000005, 4, 2, 5, 10, 1), (3.0, 4, 1, 5, 9, 1)]
    one = LobsterSequence.of(messages, [[12, 5, 9, 5], [12, 5, 10, 5], [12, 5, 9, 5], [12, 5, 8, 5]])
    events = touch_events(one)
    assert [CLASSES[kind] for kind in events.kind] == ["LO_1", "MO_1", "MO_1"]
    assert events.sign.tolist() == [1, -1, -1]
    assert events.mid.tolist() == [10.5, 10.5, 10.0]


def test_equal_times_are_kept_apart():
    one = LobsterSequence.of(
        [(10.0, 1, 1, 1, 5, 1), (10.0, 1, 2, 1, 5, 1), (10.002, 1, 3, 1, 5, 1)], [[6, 1, 5, 1]] * 3
    )
    assert SCORES["log_inter_arrival_time"].values(one).tolist() == pytest.approx([math.log(1e-9), math.log(2)])
    assert SCORES["log_inter_arrival_time"].corrected(one).tolist() == pytest.approx([math.log(2)])


def test_depths_and_levels_go_by_the_orders_own_side_and_the_book_before():
    book = [[105, 1, 100, 1, 106, 1, 98, 1], [105, 1, 103, 1, 106, 1, 100, 1], [105, 1, 103, 1, 106, 1, 100, 1]]
    one = LobsterSequence.of([(1, 1, 1, 1, 100, 1), (2, 1, 2, 1, 103, 1), (3, 1, 3, 1, 97, 1)], book)
    # The second improves the bid of 100 by 3, the third lies 6 below the bid of 103, beyond both levels.
    assert SCORES["limit_bid_order_depth"].corrected(one).tolist() == [-3, 6]
    assert SCORES["limit_bid_order_levels"].corrected(one).tolist() == [1, 3]
    assert SCORES["limit_bid_order_levels"].values(one).tolist() == [1, 1]  # the third is dropped


def test_hours_are_hours(found):
    assert list(found.conditional["spread | time"]) == ["09:00"]
    early = [market(seed, start=3599 - 5) for seed in range(6)]
    labels = lob_bench(real=early, generated=early).conditional["spread | time"]
    assert list(labels) == ["00:00", "01:00"]


def test_the_same_call_gives_the_same_numbers_whatever_came_before(real, generated):
    first, second = (json.dumps(lob_bench(real=real, generated=generated).to_dict()) for _ in range(2))
    assert first == second


# --- files -------------------------------------------------------------------------------------------------------


def write(folder, name, s):
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{t // 10**9}.{t % 10**9:09d},{k},{o},{int(q)},{p},{d}"
        for t, k, o, q, p, d in zip(s.time, s.kind, s.order_id, s.size, s.price, s.direction, strict=True)
    ]
    message = folder / f"XYZ_2012-06-21_message_{name}.csv"
    message.write_text("\n".join(lines) + "\n")
    rows = "\n".join(",".join(map(str, row)) for row in s.book.tolist())
    (folder / f"XYZ_2012-06-21_orderbook_{name}.csv").write_text(rows + "\n")
    return message


@pytest.fixture
def tree(tmp_path, real, generated):
    for i, (one, other) in enumerate(zip(real[:6], generated[:6], strict=True)):
        write(tmp_path / "model" / "XYZ" / "data_real", f"real_id_{i}", one)
        write(tmp_path / "model" / "XYZ" / "data_gen", f"real_id_{i}_gen_id_0", other)
    return tmp_path


def test_files_hold_what_arrays_do(tree, real, generated):
    from_files = lob_bench(real=tree, generated=tree)
    from_arrays = lob_bench(real=real[:6], generated=generated[:6])
    assert from_files.to_dict() == from_arrays.to_dict()


def test_a_side_is_not_scored_against_itself(tree):
    folder = tree / "model" / "XYZ" / "data_real"
    with pytest.raises(DecodeError, match="holds the files of the real side itself; name a folder of generated"):
        lob_bench(real=folder, generated=folder)


def test_several_samples_of_a_sequence_are_sequences_of_their_own(tree, generated):
    write(tree / "model" / "XYZ" / "data_gen", "real_id_0_gen_id_1", generated[7])
    found = as_sequences(tree, "generated")
    assert len(found) == 7
    assert found[1].time.tolist() == generated[7].time.tolist() != found[0].time.tolist()


def test_times_go_to_the_nearest_nanosecond_and_large_numbers_stay(tmp_path, real):
    path = write(tmp_path, "a", real[0].between(0, 2))
    path.write_text("35821.088778456004,1,5000000000,10,6000000000,1\n35822,3,5000000000,10,6000000000,-1\n")
    (one,) = as_sequences(tmp_path, "real")
    assert one.time.tolist() == [35_821_088_778_456, 35_822_000_000_000]
    assert (one.order_id.tolist(), one.price.tolist()) == ([5 * 10**9] * 2, [6 * 10**9] * 2)


@pytest.mark.parametrize(
    ("line", "text", "says"),
    [
        (2, "34200.5,1,x,100,5000000,1", "line 2: order id is 'x'"),
        (3, "34200.5,1,7", "line 3: has 3 fields, not 6"),
        (1, "nan,1,7,100,5000000,1", "line 1: time is 'nan'"),
    ],
)
def test_a_wrong_cell_names_its_file_and_line(tree, line, text, says):
    path = sorted((tree / "model" / "XYZ" / "data_gen").glob("*message*"))[2]
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))
    with pytest.raises(DecodeError) as error:
        as_sequences(tree, "generated")
    assert str(error.value).startswith(str(path))
    assert says in str(error.value)


def test_a_missing_or_shorter_book_is_an_error(tree):
    folder = tree / "model" / "XYZ" / "data_real"
    book = sorted(folder.glob("*orderbook*"))[0]
    book.write_text("".join(book.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DecodeError, match=r"messages, but .* rows of the book; fetch the pair again\."):
        as_sequences(tree, "real")
    book.unlink()
    with pytest.raises(DecodeError, match=rf"there is no {book.name} beside it"):
        as_sequences(tree, "real")


def test_the_command_prints_its_tables_within_100_columns(tree, capsys):
    assert main(["lob-bench", str(tree)]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    for name in (*SCORES, "ask_volume | spread", "MO_0", "mean of 21", "L1 by 100 messages"):
        assert f"\n {name} " in text or f"\n{name} " in text
    assert "in place of 1e-9 ms" in text


def test_the_command_writes_json_and_takes_both_folders(tree, capsys):
    folders = [str(tree / "model" / "XYZ" / name) for name in ("data_real", "data_gen")]
    assert main(["lob-bench", *folders, "--json", "-", "--divergence-horizon", "200"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["divergence"]["horizon"] == 200
    assert found["scores"]["spread"]["corrected"]["verdict"] == "within noise"
    assert found["sequences"] == {"real": 6, "generated": 6}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "nowhere: there is no such file or folder."),
        (["."], "nor a folder data_real that does."),
        ([".", "--divergence-horizon", "0"], "must be a whole number from 1, got '0'"),
    ],
)
def test_bad_input_is_one_line_and_two(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["lob-bench", *arguments])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_bad_arrays_say_what_they_must_be():
    with pytest.raises(ValueError, match=r"`messages` must have six columns"):
        LobsterSequence.of([[1, 2, 3]], [[1, 1, 1, 1]])
    with pytest.raises(ValueError, match=r"`book` must have a row for each message, got 2 for 1\."):
        LobsterSequence.of([[1, 1, 3, 1, 1, 1]], [[1, 1, 1, 1]] * 2)
    with pytest.raises(ValueError, match=r"`horizon` must be at least 1, got 0\."):
        lob_bench(real=[], generated=[], horizon=0)
    with pytest.raises(DecodeError, match=r"the real side has no sequence\."):
        lob_bench(real=[], generated=[])


def test_every_score_says_what_differs(found):
    assert all(one.differs for one in SCORES.values())
    assert all(isinstance(one, SeriesComparison) for one in found.judged.values())
