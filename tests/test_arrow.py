"""Event frames in Parquet and Arrow, there and back."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobstats.errors import DecodeError
from lobstats.events.codec import decode_lenient
from lobstats.events.formats import arrow, read, recognise
from lobstats.events.frame import to_frame
from lobstats.events.layout import PACKED

WRITE = {".parquet": arrow.parquet_bytes, ".arrow": arrow.arrow_bytes}


@st.composite
def well_formed(draw):
    """Return any well-formed stream: bytes of which the malformed records are left out."""
    n = draw(st.integers(0, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    events = np.frombuffer(rng.bytes(32 * n), dtype=PACKED).copy()
    events["ev"] = (events["ev"] & np.uint32(0xCFFFFF00)) | rng.choice([1, 2, 3, 4, 5, 10, 11, 12, 13], n).astype("u4")
    events["ev"] |= rng.choice([1 << 29, 1 << 28], n).astype("u4")
    events["exch_ts"] = np.sort(rng.integers(0, np.iinfo(np.int64).max, n))
    return decode_lenient(events.tobytes()).events


@pytest.mark.parametrize("ending", WRITE)
@given(events=well_formed())
def test_any_well_formed_stream_comes_back_byte_for_byte(tmp_path_factory, ending, events):
    path = tmp_path_factory.mktemp("frames") / f"events{ending}"
    path.write_bytes(WRITE[ending](events))
    assert recognise(path) == ending[1:]
    assert arrow.convert(path).events.tobytes() == events.tobytes()


def test_a_recording_comes_back(tmp_path, esh4):
    for ending, write in WRITE.items():
        path = tmp_path / f"esh4{ending}"
        path.write_bytes(write(esh4))
        assert read(path).tobytes() == esh4.tobytes()


@pytest.fixture
def events():
    return read("fixtures/reference.bin")[:500]


@pytest.mark.parametrize("unit", ["us", "ms"])
def test_frames_that_pandas_wrote_are_read(tmp_path, events, unit):
    frame = to_frame(events).astype({"kind": str, "side": str})
    frame["exch_ts"] = frame["exch_ts"].dt.as_unit(unit).dt.tz_localize(None)
    path = tmp_path / "frame.parquet"
    frame.drop(columns="flags").to_parquet(path)
    back = read(path)
    step = {"us": 1_000, "ms": 1_000_000}[unit]
    assert back["exch_ts"].tolist() == (events["exch_ts"] // step * step).tolist()
    assert back["px"].tolist() == events["px"].tolist()


def test_an_arrow_stream_is_known_by_its_ending(tmp_path, events):
    path = tmp_path / "events.arrows"
    with pa.ipc.open_file(arrow.arrow_bytes(events)) as reader, pa.ipc.new_stream(path, reader.schema) as writer:
        for i in range(reader.num_record_batches):
            writer.write_batch(reader.get_batch(i))
    assert recognise(path) == "arrow"
    assert read(path).tobytes() == events.tobytes()


def test_a_column_that_is_absent_is_named(tmp_path, events):
    path = tmp_path / "frame.parquet"
    to_frame(events).drop(columns="px").to_parquet(path)
    with pytest.raises(DecodeError, match="has no column 'px'"):
        read(path)


def test_a_kind_that_is_not_known_is_named(tmp_path, events):
    path = tmp_path / "frame.parquet"
    frame = to_frame(events).astype({"kind": str})
    frame.loc[3, "kind"] = "ad"
    frame.to_parquet(path)
    with pytest.raises(DecodeError, match=r"row 3: 'ad' is not a kind"):
        read(path)


@pytest.mark.parametrize("ending", WRITE)
@pytest.mark.parametrize("kept", [8, 100, -9])
def test_a_file_cut_off_is_refused(tmp_path, events, ending, kept):
    path = tmp_path / f"events{ending}"
    path.write_bytes(WRITE[ending](events)[:kept])
    with pytest.raises(DecodeError, match="damaged or cut off") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_frame_without_rows_has_no_events(tmp_path):
    path = tmp_path / "none.parquet"
    pq.write_table(pa.Table.from_batches([], schema=pq.read_schema(_empty(tmp_path))), path)
    assert len(read(path)) == 0


def _empty(tmp_path):
    path = tmp_path / "schema.parquet"
    path.write_bytes(arrow.parquet_bytes(np.empty(0, dtype=PACKED)))
    return path
