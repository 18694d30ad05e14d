"""Lost record boundaries: found, repaired, and every byte accounted for."""

import numpy as np
import pytest
from conftest import library
from hypothesis import given
from hypothesis import strategies as st
from naive import naive_lenient

from lobstats.errors import DecodeError
from lobstats.events.codec import MALFORMED, Slip, decode, decode_lenient

SIZE = 32


@pytest.fixture(scope="module")
def real():
    with open("fixtures/reference.bin", "rb") as file:  # noqa: PTH123
        return file.read()


def accounted(data):
    found = decode_lenient(data)
    kept = SIZE * (len(found.events) + sum(found.malformed.values()))
    assert found.n_bytes == len(data) == kept + found.discarded_bytes + found.trailing_bytes
    assert found.n_records == len(found.codes) == len(found.events) + sum(found.malformed.values())
    assert np.bincount(found.codes, minlength=len(MALFORMED) + 1)[1:].tolist() == list(found.malformed.values())
    return found


def as_the_twin_finds_it(data):
    found, twin = accounted(data), naive_lenient(data)
    assert [(slip.byte, slip.record, slip.offset, slip.records_lost) for slip in found.slips] == twin.slips
    assert [MALFORMED[code - 1] if code else None for code in found.codes] == twin.reasons
    assert (found.discarded_bytes, found.trailing_bytes) == (twin.discarded, twin.trailing)
    kept = [data[at : at + SIZE] for at, reason in zip(twin.at, twin.reasons, strict=True) if reason is None]
    assert found.events.tobytes() == b"".join(kept)


def records_of(data):
    return {data[i : i + SIZE] for i in range(0, len(data), SIZE)}


@pytest.mark.parametrize("n_bytes", range(1, SIZE))
@pytest.mark.parametrize("how", ["put in", "left out"])
def test_bytes_put_in_or_left_out_are_found_with_their_number(real, n_bytes, how):
    rng = np.random.default_rng([n_bytes, how == "put in"])
    whole = real[: SIZE * 1_000]
    at = int(rng.integers(SIZE * 100, SIZE * 900))
    if how == "put in":
        found, offset = accounted(whole[:at] + rng.bytes(n_bytes) + whole[at:]), n_bytes
    else:
        found, offset = accounted(whole[:at] + whole[at + n_bytes :]), SIZE - n_bytes
    assert [slip.offset for slip in found.slips] == [offset]
    assert abs(found.slips[0].byte - at) <= SIZE
    assert found.slips[0].records_lost <= 2
    lost = records_of(whole) - records_of(found.events.tobytes())
    assert len(lost) <= 3  # the one that was hit, and those that read well at the old boundary all the same
    assert len(records_of(found.events.tobytes()) - records_of(whole)) <= 1  # half of one record and half of the next


def test_no_record_of_a_quantity_that_no_market_knows_stands_before_a_slip(real):
    rng = np.random.default_rng(7)
    for _ in range(300):
        start, at, n = (int(value) for value in (rng.integers(0, 99_000), rng.integers(30, 90), rng.integers(1, SIZE)))
        whole = real[SIZE * start : SIZE * (start + 120)]
        at = SIZE * at + int(rng.integers(0, SIZE))
        kept = accounted(whole[:at] + whole[at + n :]).events
        smallest = np.finfo(float).tiny
        assert not ((kept["qty"] != 0) & (abs(kept["qty"]) < smallest)).any()
        assert not ((kept["px"] != 0) & (abs(kept["px"]) < smallest)).any()


def test_several_slips_of_a_recording_are_each_found(esh4):
    rng = np.random.default_rng(3)
    data, places = esh4.tobytes(), []
    for at in range(len(data) - 50_000, 300_000, -150_000):  # from the end, so that places before do not move
        data = data[:at] + rng.bytes(5) + data[at:]
        places.append(at)
    found = accounted(data)
    assert [slip.offset for slip in found.slips] == [5] * len(places)
    true = [at + 5 * i for i, at in enumerate(sorted(places))]
    assert max(abs(slip.byte - at) for slip, at in zip(found.slips, true, strict=True)) <= SIZE
    assert len(esh4) - len(found.events) <= 2 * len(places)


@pytest.mark.parametrize("cut", [1, 7, 16, 31])
def test_a_stream_that_begins_inside_a_record_is_read_from_the_next(real, cut):
    found = accounted(real[cut : SIZE * 200])
    assert found.slips == (Slip(byte=0, record=0, offset=SIZE - cut, records_lost=1),)
    assert found.events.tobytes() == real[SIZE : SIZE * 200]


def test_a_slip_near_the_end_is_found_while_three_records_follow(real):
    whole = real[: SIZE * 50]
    at = SIZE * 46 + 9
    assert len(accounted(whole[:at] + b"\xff" * 3 + whole[at:]).slips) == 1
    at = SIZE * 48 + 9
    assert accounted(whole[:at] + b"\xff" * 3 + whole[at:]).slips == ()


def test_a_record_of_garbage_is_no_slip(real):
    rng = np.random.default_rng(1)
    data = bytearray(real[: SIZE * 20_000])
    for i in rng.choice(np.arange(10, 19_990), 200, replace=False):
        data[i * SIZE : (i + 1) * SIZE] = rng.bytes(SIZE)
    found = accounted(bytes(data))
    assert found.slips == ()
    assert 190 <= sum(found.malformed.values()) <= 210


def test_noise_holds_no_boundary():
    found = accounted(np.random.default_rng(2).bytes(SIZE * 100_000))
    assert found.slips == ()


def test_a_good_stream_is_a_view_of_its_bytes(real):
    data = np.frombuffer(real, dtype=np.uint8)
    found = accounted(data)
    assert np.shares_memory(found.events, data)
    assert not found.events.flags.writeable


@given(st.binary(max_size=2_000))
def test_any_bytes_are_accounted_for(data):
    as_the_twin_finds_it(data)
    found = accounted(data)
    try:
        strict = decode(data)
    except DecodeError:
        assert found.trailing_bytes or sum(found.malformed.values()) or found.slips
    else:
        assert strict.tobytes() == found.events.tobytes() == data


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put in", "left out", "overwrite"]),
            st.integers(0, 9_000),
            st.binary(min_size=1, max_size=70),
        ),
        max_size=6,
    ),
    st.integers(0, 300),
    st.integers(0, 40),
)
def test_mutated_recordings_are_accounted_for(mutations, first, cut):
    with open("fixtures/reference.bin", "rb") as file:  # noqa: PTH123
        data = file.read()[first * SIZE : (first + 300) * SIZE]
    for how, at, piece in mutations:
        end = at if how == "put in" else at + len(piece)
        data = data[:at] + (b"" if how == "left out" else piece) + data[end:]
    as_the_twin_finds_it(data[: len(data) - cut])


def test_a_tensor_is_read_without_a_copy(real):
    torch = library("torch")
    tensor = torch.frombuffer(bytearray(real[: SIZE * 100]), dtype=torch.uint8)
    events = decode(tensor)
    assert events.tobytes() == real[: SIZE * 100]
    tensor[SIZE + 24] ^= 1
    assert events.tobytes() != real[: SIZE * 100]
    for wrong in (tensor.reshape(-1, SIZE), tensor.to(torch.int16)):
        with pytest.raises(TypeError, match="one-dimensional uint8 tensor on the CPU"):
            decode(wrong)
