"""Packed bytes to events and back."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import RECORD, naive_malformed

from lobstats.errors import DecodeError, LobstatsError
from lobstats.events.codec import (
    MALFORMED,
    assemble,
    decode,
    decode_lenient,
    encode,
    iter_chunks,
    kinds,
    sides,
)
from lobstats.events.layout import PACKED, Kind, Side

ADD, TRADE, CANCEL = 10, 2, 11
BUY = 0x20000000
SELL = 0x10000000
VALID = 0xC0000000
KNOWN_KINDS = (1, 2, 3, 4, 5, 10, 11, 12, 13)


def record(*, ev=VALID | BUY | ADD, order_id=1, exch_ts=1_000, px=100.25, qty=2.0) -> bytes:
    return struct.pack("<IIqdd", ev, order_id, exch_ts, px, qty)


GOOD = b"".join(record(order_id=i + 1, exch_ts=1_000 + 10 * (i // 2)) for i in range(9))

BROKEN = {
    "unknown_kind": record(ev=VALID | BUY | 77, exch_ts=5_000),
    "both_sides": record(ev=VALID | BUY | SELL | ADD, exch_ts=5_000),
    "missing_side": record(ev=VALID | CANCEL, exch_ts=5_000),
    "not_finite": record(px=float("nan"), qty=3.0, exch_ts=5_000),
    "negative_time": record(exch_ts=-7),
    "time_backwards": record(exch_ts=999),
}

REASONS = {
    "unknown_kind": "kind 77 is not an event kind",
    "both_sides": "the buy and the sell flag are both set",
    "missing_side": "an add, modify or cancel needs a side and has none",
    "not_finite": "price nan and quantity 3.0 must be finite",
    "negative_time": "time -7 is negative",
    "time_backwards": "time 999 lies before 1040, the time of the record before it",
}


# --- the layout -----------------------------------------------------------------------------------------------


def test_a_record_is_32_bytes_with_every_field_at_its_offset():
    assert PACKED.itemsize == 32
    assert {name: (str(kind), offset) for name, (kind, offset, *_) in PACKED.fields.items()} == {
        "ev": ("uint32", 0),
        "order_id": ("uint32", 4),
        "exch_ts": ("int64", 8),
        "px": ("float64", 16),
        "qty": ("float64", 24),
    }


def test_fields_are_little_endian_on_every_machine():
    data = (
        bytes([0x0A, 0, 0, 0xE0])
        + bytes([0x02, 0x01, 0, 0])
        + bytes([0x00, 0xCA, 0x9A, 0x3B, 0, 0, 0, 0])
        + bytes([0, 0, 0, 0, 0, 0, 0x59, 0x40])
        + bytes([0, 0, 0, 0, 0, 0, 0xE0, 0x3F])
    )
    event = decode(data)[0]
    assert event.item() == (0xE000000A, 258, 1_000_000_000, 100.0, 0.5)


def test_the_first_word_is_the_order_id_shifted_by_32_bits_or_ed_with_ev():
    event = assemble(kind=Kind.ADD, side=Side.SELL, order_id=0xABCDEF01, exch_ts=0, px=1.0, qty=1.0)
    (word,) = struct.unpack("<Q", event.tobytes()[:8])
    assert word == 0xABCDEF01 << 32 | 0xD000000A


@pytest.mark.parametrize(
    ("ev", "number", "kind", "side"),
    [
        (0xD000000A, 3489660938, Kind.ADD, Side.SELL),
        (0x6000000B, 1610612747, Kind.CANCEL, Side.BUY),
        (0xA000000B, 2684354571, Kind.CANCEL, Side.BUY),
        (0xC0000002, 3221225474, Kind.TRADE, Side.NONE),
    ],
)
def test_flags_and_kind_of_known_words(ev, number, kind, side):
    assert ev == number
    events = decode(record(ev=number))
    assert kinds(events).tolist() == [kind]
    assert sides(events).tolist() == [side]
    assert encode(events) == record(ev=number)


def test_kinds_and_sides_have_the_published_numbers():
    assert {kind.name: kind.value for kind in Kind} == {
        "DEPTH": 1,
        "TRADE": 2,
        "CLEAR": 3,
        "SNAPSHOT": 4,
        "BBO": 5,
        "ADD": 10,
        "CANCEL": 11,
        "MODIFY": 12,
        "FILL": 13,
    }
    assert {side.name: side.value for side in Side} == {"SELL": -1, "NONE": 0, "BUY": 1}


def test_assemble_sets_the_exchange_and_local_bits_and_broadcasts_scalars():
    events = assemble(kind=Kind.TRADE, side=[1, 0, -1], order_id=4, exch_ts=[1, 2, 3], px=-37.63, qty=2)
    assert events["ev"].tolist() == [0xE0000002, 0xC0000002, 0xD0000002]
    assert events["px"].tolist() == [-37.63] * 3
    assert events["order_id"].tolist() == [4] * 3


# --- decode: no copy -------------------------------------------------------------------------------------------


def as_buffers(data: bytes, tmp_path):
    path = tmp_path / "events.bin"
    path.write_bytes(data)
    return {
        "bytes": data,
        "bytearray": bytearray(data),
        "memoryview": memoryview(data),
        "memoryview of wider items": memoryview(np.frombuffer(data, "<u8")),
        "uint8 array": np.frombuffer(data, np.uint8).copy(),
        "PACKED array": np.frombuffer(data, PACKED).copy(),
        "memory map": np.memmap(path, dtype=np.uint8, mode="r"),
        "unaligned": memoryview(b"x" + data)[1:],
    }


BUFFERS = (
    "bytes",
    "bytearray",
    "memoryview",
    "memoryview of wider items",
    "uint8 array",
    "PACKED array",
    "memory map",
    "unaligned",
)


@pytest.mark.parametrize("name", BUFFERS)
def test_decode_is_a_read_only_view_that_copies_nothing(name, tmp_path):
    source = as_buffers(GOOD, tmp_path)[name]
    memory = source if isinstance(source, np.ndarray) else np.frombuffer(source, np.uint8)
    events = decode(source)
    assert np.shares_memory(events, memory)
    assert not events.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        events["px"] = 0.0
    assert events.tolist() == list(RECORD.iter_unpack(GOOD))


@pytest.mark.parametrize("name", BUFFERS)
@pytest.mark.parametrize("how", [decode, decode_lenient, lambda source: list(iter_chunks(source))])
def test_decoding_leaves_its_source_as_it_was(name, how, tmp_path):
    source = as_buffers(GOOD, tmp_path)[name]
    writeable = source.flags.writeable if isinstance(source, np.ndarray) else None
    how(source)
    assert bytes(source) == GOOD
    if writeable is not None:
        assert source.flags.writeable == writeable


def test_a_writeable_source_can_still_be_written_after_decoding():
    source = np.frombuffer(GOOD, np.uint8).copy()
    events = decode(source)
    source[16:24] = np.frombuffer(struct.pack("<d", 7.0), np.uint8)
    assert events["px"][0] == 7.0


def test_lenient_decoding_copies_nothing_where_nothing_is_malformed():
    source = np.frombuffer(GOOD + b"tail", np.uint8)
    events = decode_lenient(source).events
    assert np.shares_memory(events, source)
    assert not events.flags.writeable


@pytest.mark.parametrize("data", [GOOD, GOOD + BROKEN["unknown_kind"] + b"tail", b""])
def test_what_lenient_decoding_keeps_is_read_only(data):
    assert not decode_lenient(bytearray(data)).events.flags.writeable


def test_no_bytes_are_no_events():
    assert len(decode(b"")) == 0
    assert list(iter_chunks(b"")) == []
    decoded = decode_lenient(b"")
    assert (len(decoded.events), decoded.n_bytes, decoded.n_records, decoded.trailing_bytes) == (0, 0, 0, 0)


# --- decode: what it refuses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", MALFORMED)
def test_strict_decoding_names_byte_record_and_reason(reason):
    with pytest.raises(DecodeError) as caught:
        decode(GOOD + BROKEN[reason] + record(ev=0))
    assert str(caught.value) == (
        f"byte 288 (record 9): {REASONS[reason]}. Mend the record, or count such records with `lobstats inspect`."
    )


def test_every_reason_has_a_case_here():
    assert set(BROKEN) == set(REASONS) == set(MALFORMED)


def test_places_have_thousands_separators():
    data = b"".join(record() for _ in range(1_290)) + record(ev=VALID | 77)
    with pytest.raises(DecodeError, match=r"^byte 41,280 \(record 1,290\): kind 77 is not an event kind\."):
        decode(data)


def test_a_first_record_of_negative_time_is_refused():
    with pytest.raises(DecodeError, match=r"^byte 0 \(record 0\): time -1 is negative\."):
        decode(record(exch_ts=-1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"qty": float("inf")}, "price 100.25 and quantity inf must be finite"),
        ({"px": float("-inf")}, "price -inf and quantity 2.0 must be finite"),
    ],
)
def test_infinite_prices_and_quantities_are_refused(value, text):
    with pytest.raises(DecodeError) as caught:
        decode(record(**value))
    assert text in str(caught.value)


@pytest.mark.parametrize("value", [{"px": 0.0}, {"px": -37.63}, {"px": 100.2501}, {"qty": 0.0}, {"qty": -5.0}])
def test_prices_that_are_zero_negative_or_off_any_grid_are_well_formed(value):
    assert len(decode(record(**value))) == 1


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5, 13])
def test_only_adds_cancels_and_modifies_need_a_side(kind):
    assert len(decode(record(ev=VALID | kind))) == 1


def test_unused_bits_of_the_first_word_are_kept_and_harm_nothing():
    data = record(ev=BUY | ADD | 0x0ABCDE00)
    assert encode(decode(data)) == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            GOOD + b"12345",
            "byte 288: 5 bytes are left after 9 records; the length must be a multiple of 32. "
            "Bytes may be missing anywhere before; `lobstats inspect` says where.",
        ),
        (
            b"1",
            "byte 0: 1 bytes are left after 0 records; the length must be a multiple of 32. "
            "Bytes may be missing anywhere before; `lobstats inspect` says where.",
        ),
    ],
)
def test_trailing_bytes_are_refused(data, text):
    with pytest.raises(DecodeError) as caught:
        decode(data)
    assert str(caught.value) == text
    with pytest.raises(DecodeError) as caught:
        list(iter_chunks(data))
    assert str(caught.value) == text


def test_a_decode_error_is_both_a_lobstats_error_and_a_value_error():
    assert issubclass(DecodeError, LobstatsError)
    assert issubclass(DecodeError, ValueError)


@pytest.mark.parametrize("how", [decode, decode_lenient])
@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "events.bin",
            "`source` must be bytes, bytearray, memoryview or a numpy array, got str; `lobstats.read` opens a path.",
        ),
        (
            [1, 2],
            "`source` must be bytes, bytearray, memoryview or a numpy array, got list; `lobstats.read` opens a path.",
        ),
        (
            None,
            "`source` must be bytes, bytearray, memoryview or a numpy array, got NoneType; "
            "`lobstats.read` opens a path.",
        ),
        (
            np.zeros(32),
            "`source` must be a one-dimensional array of uint8 or PACKED, got 1 dimensions of float64.",
        ),
        (
            np.zeros((2, 32), np.uint8),
            "`source` must be a one-dimensional array of uint8 or PACKED, got 2 dimensions of uint8.",
        ),
        (
            np.zeros(64, np.uint8)[::2],
            "`source` must be contiguous: decoding never copies; pass `numpy.ascontiguousarray(source)`.",
        ),
        (
            np.zeros(4, PACKED)[::2],
            "`source` must be contiguous: decoding never copies; pass `numpy.ascontiguousarray(source)`.",
        ),
    ],
)
def test_other_sources_are_a_type_error(how, source, text):
    with pytest.raises(TypeError) as caught:
        how(source)
    assert str(caught.value) == text


def test_a_big_endian_array_is_not_taken_for_packed_records():
    with pytest.raises(TypeError, match="must be a one-dimensional array of uint8 or PACKED"):
        decode(np.zeros(2, PACKED.newbyteorder(">")))


@pytest.mark.parametrize("events", [GOOD, [1], np.zeros(3), np.zeros(2, PACKED.newbyteorder(">"))])
def test_encode_takes_packed_arrays_alone(events):
    with pytest.raises(TypeError) as caught:
        encode(events)
    assert str(caught.value) == (
        "`events` must be a numpy array of dtype PACKED; build one with `assemble` or `from_frame`."
    )


def test_encode_takes_a_strided_view():
    assert encode(decode(GOOD)[::2]) == b"".join(GOOD[32 * i : 32 * i + 32] for i in range(0, 9, 2))


# --- arbitrary bytes -------------------------------------------------------------------------------------------

EXTREMES = (0.0, -0.0, -1.5, 1e300, -1e300, 5e-324, float("nan"), float("inf"), float("-inf"))


@st.composite
def good_records(draw, max_size=30):
    """Draw well-formed records, odd flag bits included."""
    count = draw(st.integers(0, max_size))
    time, out = draw(st.integers(0, 1 << 62)), []
    for _ in range(count):
        kind = draw(st.sampled_from(KNOWN_KINDS))
        side = draw(st.sampled_from([BUY, SELL] if kind in (10, 11, 12) else [BUY, SELL, 0]))
        other = draw(st.sampled_from([VALID, 0, 1 << 31, VALID | 0x0F000000, 0x00FFFF00]))
        time += draw(st.sampled_from([0, 0, 1, 1_000, 10**9]))
        finite = st.floats(allow_nan=False, allow_infinity=False)
        out.append(
            record(
                ev=kind | side | other,
                order_id=draw(st.sampled_from([0, 1, 2, (1 << 32) - 1])),
                exch_ts=time,
                px=draw(finite),
                qty=draw(finite),
            )
        )
    return b"".join(out)


@st.composite
def any_records(draw, max_size=30):
    """Draw records of fields that are often broken, several at a time, so that reasons meet in one record."""
    fields = st.tuples(
        st.sampled_from(
            [
                *(VALID | BUY | ADD, VALID | SELL | CANCEL, VALID | TRADE),
                *(VALID | CANCEL, VALID | BUY | 77, BUY | SELL | ADD, BUY | SELL | 78, 0, 0xFFFFFFFF),
            ]
        ),
        st.integers(0, 3),
        st.sampled_from([0, 0, 1, 2, 3, 3, 4, 5, -1, -(1 << 63), (1 << 63) - 1, 6, 7]),
        st.sampled_from((1.0, 1.0, 1.0, *EXTREMES)),
        st.sampled_from((1.0, 1.0, 1.0, *EXTREMES)),
    )
    return b"".join(RECORD.pack(*row) for row in draw(st.lists(fields, max_size=max_size)))


@st.composite
def mutated(draw):
    """Draw good records with some bytes changed, and cut anywhere."""
    data = bytearray(draw(good_records()))
    if data:
        for place in draw(st.lists(st.integers(0, len(data) - 1), max_size=8)):
            data[place] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


anything = st.binary(max_size=500) | mutated() | any_records() | good_records()


@given(anything)
def test_lenient_decoding_never_raises_and_accounts_for_every_byte(data):
    decoded = decode_lenient(data)
    assert decoded.n_bytes == len(data)
    assert tuple(decoded.malformed) == MALFORMED
    kept = 32 * (len(decoded.events) + sum(decoded.malformed.values()))
    assert decoded.n_bytes == kept + decoded.discarded_bytes + decoded.trailing_bytes


@given(anything)
def test_lenient_decoding_finds_the_reasons_that_the_naive_twin_finds(data):
    reasons = naive_malformed(data)
    decoded = decode_lenient(data)
    if decoded.slips:
        return  # the twin of slips has a test of its own
    assert decoded.malformed == {reason: reasons.count(reason) for reason in MALFORMED}
    kept = [data[32 * i : 32 * i + 32] for i, reason in enumerate(reasons) if reason is None]
    assert decoded.events.tobytes() == b"".join(kept)


@given(anything)
def test_strict_decoding_refuses_exactly_what_lenient_decoding_counts(data):
    reasons = naive_malformed(data)
    first = next((i for i, reason in enumerate(reasons) if reason is not None), None)
    if len(data) % 32:
        with pytest.raises(DecodeError, match="the length must be a multiple of 32"):
            decode(data)
    elif first is not None:
        with pytest.raises(DecodeError) as caught:
            decode(data)
        assert str(caught.value).startswith(f"byte {32 * first:,} (record {first:,}): ")
    else:
        assert len(decode(data)) == len(data) // 32


@given(good_records())
def test_encoding_what_was_decoded_gives_the_same_bytes(data):
    assert encode(decode(data)) == data
    assert decode_lenient(data).events.tobytes() == data


def test_a_record_is_compared_with_the_one_before_it_even_where_that_one_went_back():
    # So one wild time costs itself or the record after it, and never the rest of the stream.
    data = b"".join(record(exch_ts=time) for time in (10, 20, 15, 17, 30))
    assert decode_lenient(data).events["exch_ts"].tolist() == [10, 20, 17, 30]


# --- chunks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_records", [1, 2, 3, 4, 8, 9, 10, 1_000])
@pytest.mark.parametrize("kind_of_source", ["path", "text path", "bytes", "array"])
def test_chunks_hold_what_decode_holds(n_records, kind_of_source, tmp_path):
    path = tmp_path / "events.bin"
    path.write_bytes(GOOD)
    source = {"path": path, "text path": str(path), "bytes": GOOD, "array": decode(GOOD)}[kind_of_source]
    chunks = list(iter_chunks(source, n_records=n_records))
    assert [len(chunk) for chunk in chunks] == [min(n_records, 9 - i) for i in range(0, 9, n_records)]
    assert b"".join(chunk.tobytes() for chunk in chunks) == GOOD
    assert all(chunk.dtype == PACKED and not chunk.flags.writeable for chunk in chunks)


@given(good_records() | any_records(), st.integers(1, 12))
def test_any_chunk_size_gives_the_events_or_the_error_of_decode(data, n_records):
    expected, actual = outcome(lambda: [decode(data)]), outcome(lambda: iter_chunks(data, n_records=n_records))
    assert actual == expected


def outcome(chunks) -> bytes | str:
    """Return the bytes of all chunks, or the text of the error."""
    try:
        return b"".join(chunk.tobytes() for chunk in chunks())
    except DecodeError as error:
        return str(error)


@pytest.mark.parametrize("n_records", [1, 2, 3, 5])
def test_a_time_before_the_last_of_the_chunk_before_is_found(n_records):
    data = b"".join(record(exch_ts=time) for time in (10, 20, 30, 29, 40))
    with pytest.raises(DecodeError) as caught:
        list(iter_chunks(data, n_records=n_records))
    assert str(caught.value).startswith("byte 96 (record 3): time 29 lies before 30, the time of the record before it.")


def test_chunks_before_a_malformed_record_are_handed_out():
    chunks = iter_chunks(GOOD + record(ev=0), n_records=3)
    assert b"".join(next(chunks).tobytes() for _ in range(3)) == GOOD
    with pytest.raises(DecodeError, match=r"^byte 288 \(record 9\)"):
        next(chunks)


def test_an_empty_file_gives_no_chunk(tmp_path):
    path = tmp_path / "empty.bin"
    path.touch()
    assert list(iter_chunks(path)) == []


def test_lenient_decoding_compares_times_across_its_own_chunks(monkeypatch):
    monkeypatch.setattr("lobstats.events.codec._CHUNK", 2)
    data = b"".join(record(exch_ts=time) for time in (10, 20, 19, 18, 30, 29)) + record(ev=0) + record(exch_ts=28)
    reasons = naive_malformed(data)
    decoded = decode_lenient(data)
    assert decoded.malformed == {reason: reasons.count(reason) for reason in MALFORMED}
    assert decoded.malformed["time_backwards"] == 4
    assert decoded.events["exch_ts"].tolist() == [10, 20, 30]


@pytest.mark.parametrize("n_records", [0, -1])
def test_chunks_hold_at_least_one_record(n_records):
    with pytest.raises(ValueError, match=rf"^`n_records` must be at least 1, got {n_records}\.$"):
        list(iter_chunks(GOOD, n_records=n_records))
