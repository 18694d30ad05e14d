"""Packed records in numpy files, compressed files and zip archives."""

import gzip
import io
import re
import zipfile

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lobstats.errors import DecodeError
from lobstats.events.codec import assemble
from lobstats.events.formats.packed import is_packed_npy, load_compressed, load_npy, npy_bytes
from lobstats.events.layout import PACKED

KINDS = (1, 2, 3, 4, 5, 10, 11, 12, 13)
SIDED = (10, 11, 12)
SIDE_BITS = (0, 0x10000000, 0x20000000)
OTHER_BITS = 0xCFFFFF00


@st.composite
def well_formed(draw, *, max_size: int = 12):
    """Draw well-formed events of any flags, ids, prices and times to the ends of their ranges."""
    n = draw(st.integers(0, max_size))
    events = np.zeros(n, dtype=PACKED)
    step = draw(st.sampled_from([1, 256, 1000, 256_000]))
    whole = st.integers(0, (2**63 - 1) // step).map(lambda count: count * step)
    events["exch_ts"] = sorted(draw(st.lists(whole, min_size=n, max_size=n)))
    finite = st.floats(allow_nan=False, allow_infinity=False)
    for row in range(n):
        kind = draw(st.sampled_from(KINDS))
        side = draw(st.sampled_from(SIDE_BITS[1:] if kind in SIDED else SIDE_BITS))
        events["ev"][row] = kind | side | (draw(st.integers(0, 2**32 - 1)) & OTHER_BITS)
        events["order_id"][row] = draw(st.integers(0, 2**32 - 1))
        events["px"][row], events["qty"][row] = draw(finite), draw(finite)
    return events


def events_of(n: int = 50):
    row = np.arange(n)
    return assemble(
        kind=10, side=np.where(row % 2, 1, -1), order_id=row + 1, exch_ts=1_000 + row, px=100 + row / 4, qty=row + 1
    )


def npy_of(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def zip_of(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def written(tmp_path):
    """Return a function that writes bytes to a file and returns its path."""

    def write(content: bytes, name: str = "events"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


# --- numpy files -----------------------------------------------------------------------------------------------------


@given(events=well_formed())
def test_a_numpy_file_gives_back_the_same_bytes(events, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "round_trip.npy"
    path.write_bytes(npy_bytes(events))
    assert load_npy(path).tobytes() == events.tobytes()
    assert np.load(path, allow_pickle=False).tobytes() == events.tobytes()


def test_a_numpy_file_is_mapped_and_not_copied(written):
    loaded = load_npy(written(npy_bytes(events_of())))
    assert not loaded.flags.owndata
    assert not loaded.flags.writeable
    assert loaded.dtype == PACKED


def test_numpys_own_file_is_read_whatever_the_version_of_its_header(written):
    out = io.BytesIO()
    np.lib.format.write_array(out, events_of(), version=(3, 0))
    assert (load_npy(written(out.getvalue())) == events_of()).all()


def test_a_numpy_file_of_packed_records_is_known_by_its_first_bytes():
    assert is_packed_npy(npy_bytes(events_of())[:256])
    other = io.BytesIO()
    np.save(other, np.arange(4))
    assert not is_packed_npy(other.getvalue())
    assert not is_packed_npy(b"")
    assert not is_packed_npy(events_of().tobytes())


DESCR = repr(PACKED.descr)
LENGTH = (
    "the header says {} records of 32 bytes, but {} bytes follow it; the file is damaged or cut off. Write it again."
)
HEADERS = {
    "a header that promises too much": (
        npy_of(f"{{'descr': {DESCR}, 'fortran_order': False, 'shape': (1000000000000,)}}", bytes(64)),
        LENGTH.format("1,000,000,000,000", 64),
    ),
    "a cut-off file": (npy_bytes(events_of())[:-5], LENGTH.format(50, "1,595")),
    "a file with a rest": (npy_bytes(events_of()) + b"rest", LENGTH.format(50, "1,604")),
    "another dtype": (
        npy_of("{'descr': '<f8', 'fortran_order': False, 'shape': (8,)}", bytes(64)),
        f"the array is of dtype float64; it must be of dtype {DESCR}.",
    ),
    "objects": (
        npy_of("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        "the numpy file holds an array of shape (1,) and object; it must be one-dimensional, of records.",
    ),
    "two dimensions": (
        npy_of(f"{{'descr': {DESCR}, 'fortran_order': False, 'shape': (1, 2)}}", bytes(64)),
        "the numpy file holds an array of shape (1, 2) and",
    ),
    "a negative length": (
        npy_of(f"{{'descr': {DESCR}, 'fortran_order': False, 'shape': (-1,)}}"),
        "the numpy file holds an array of shape (-1,) and",
    ),
    "an unknown version": (
        npy_of("{}", version=b"\x07\x00"),
        "the header of the numpy file cannot be read (its version is 7.0); write the file again with `numpy.save`.",
    ),
    "a header that is no header": (npy_of("import os"), "the header of the numpy file cannot be read ("),
    "a header nested too deeply": (npy_of("(" * 60_000), "the header of the numpy file cannot be read ("),
    "a cut-off header": (npy_bytes(events_of())[:40], "the header of the numpy file cannot be read ("),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_numpy_file_that_does_not_hold_what_it_says_is_refused(what, written):
    content, text = HEADERS[what]
    path = written(content)
    with pytest.raises(DecodeError, match="^" + re.escape(text)) as caught:
        load_npy(path)
    assert "\n" not in str(caught.value)
    assert not is_packed_npy(content) or "records of 32 bytes" in text


# --- compressed files and archives -------------------------------------------------------------------------------


PACKERS = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "zip": lambda content: zip_of(("events.bin", content)),
    "zip of bzip2": lambda content: zip_of(("events.bin", content), method=zipfile.ZIP_BZIP2),
    "zip of lzma": lambda content: zip_of(("events.bin", content), method=zipfile.ZIP_LZMA),
    "zip, stored": lambda content: zip_of(("events.bin", content), method=zipfile.ZIP_STORED),
    "zip with a folder": lambda content: zip_of(("day/", b""), ("day/events.bin", content)),
}


@pytest.mark.parametrize("form", PACKERS)
def test_compressed_records_come_back_as_they_were(form, written):
    content = events_of(400).tobytes()
    loaded = load_compressed(written(PACKERS[form](content)))
    assert loaded.dtype == np.uint8
    assert loaded.tobytes() == content


@pytest.mark.parametrize("form", PACKERS)
def test_compressed_files_that_are_cut_off_are_refused(form, written):
    content = PACKERS[form](np.random.default_rng(1).bytes(3_200))
    for length in (len(content) // 2, len(content) - 3):
        with pytest.raises(DecodeError, match=r"cut off"):
            load_compressed(written(content[:length]))


@pytest.mark.parametrize("form", [form for form in PACKERS if form.startswith("zip")])
def test_a_damaged_member_is_refused(form, written):
    content = bytearray(PACKERS[form](np.random.default_rng(1).bytes(3_200)))
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(40)
    with pytest.raises(DecodeError, match=r"^the zip archive cannot be read \(.+\); it is damaged or cut off"):
        load_compressed(written(bytes(content)))


def test_a_zip_that_promises_too_much_does_not_decide_how_much_memory_is_taken(written):
    content = bytearray(zip_of(("events.bin", events_of().tobytes())))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (2**32 - 2).to_bytes(4, "little")
    with pytest.raises(DecodeError, match=r"\(it promises 4,294,967,294 bytes and holds 1,600\); it is damaged"):
        load_compressed(written(bytes(content)))


def test_a_numpy_file_in_an_archive_must_hold_packed_records(written):
    out = io.BytesIO()
    np.savez_compressed(out, events=events_of())
    assert load_compressed(written(out.getvalue())).tobytes() == events_of().tobytes()
    out = io.BytesIO()
    np.savez(out, prices=np.arange(4.0))
    with pytest.raises(DecodeError, match=r"^the array is of dtype float64; it must be of dtype \["):
        load_compressed(written(out.getvalue()))


@pytest.mark.parametrize(
    ("names", "text"),
    [
        # A folder, since an archive of nothing at all has another signature.
        (["day/"], "the archive holds 0 files (nothing); it must hold one"),
        (["a.bin", "b.bin"], "the archive holds 2 files (a.bin, b.bin); it must hold one"),
    ],
)
def test_an_archive_must_hold_one_file(names, text, written):
    with pytest.raises(DecodeError, match=re.escape(text)):
        load_compressed(written(zip_of(*((name, b"") for name in names))))


def test_a_file_that_is_gone_is_no_damaged_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_compressed(tmp_path / "gone.zip")
