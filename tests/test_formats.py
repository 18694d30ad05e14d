"""The door for every format: what a path names, what a file is, and what is said of one that cannot be read."""

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import zstandard
from conftest import Mbo

from lobstats.errors import DecodeError
from lobstats.events.codec import assemble, encode
from lobstats.events.formats import ENDINGS, Pick, describe_source, expand, load, read, recognise, stem

EVENTS = assemble(
    kind=10,
    side=1,
    order_id=[1, 2, 3],
    exch_ts=[1_731_335_400_000_000_000, 1_731_335_400_000_000_000, 1_731_335_400_000_000_001],
    px=[93_000.0, 93_005.0, 93_010.0],
    qty=[1, 2, 3],
)
PACKED_BYTES = encode(EVENTS)
TEXT = b"time,order_id,price\n1,2,93000.0\n" * 10


def names(pattern):
    return [path.name for path in expand(str(pattern))]


# --- what a path names -----------------------------------------------------------------------------------------


def test_the_files_of_a_folder_come_in_natural_order(tmp_path):
    for name in ("s10.bin", "s2.bin", "s1.dbn", "s02b.bin", "s100.dbn.zst", "a3.bin"):
        (tmp_path / name).touch()
    assert names(tmp_path) == ["a3.bin", "s1.dbn", "s2.bin", "s02b.bin", "s10.bin", "s100.dbn.zst"]


def test_a_folder_gives_the_files_with_a_known_ending_and_no_others(tmp_path):
    for name in ("1.bin", "2.dbn", "3.dbn.zst", "4.csv", "5.zst", "README.md", "bin", "6.bin.json"):
        (tmp_path / name).touch()
    (tmp_path / "7.bin").mkdir()
    assert names(tmp_path) == ["1.bin", "2.dbn", "3.dbn.zst", "4.csv"]


def test_a_folder_is_not_searched_below(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "1.bin").touch()
    (tmp_path / "2.bin").touch()
    assert names(tmp_path) == ["2.bin"]


def test_a_file_is_itself_whatever_it_is_called(tmp_path):
    path = tmp_path / "rollout"
    path.touch()
    assert expand(str(path)) == [path]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("s*.bin", ["s1.bin", "s2.bin", "s10.bin"]),
        ("s?.bin", ["s1.bin", "s2.bin"]),
        ("s[12].*", ["s1.bin", "s2.bin"]),
        ("*", ["s1.bin", "s2.bin", "s10.bin", "t1.csv"]),
    ],
)
def test_a_glob_names_its_files_in_natural_order(tmp_path, monkeypatch, pattern, found):
    for name in ("s10.bin", "s2.bin", "s1.bin", "t1.csv"):
        (tmp_path / name).touch()
    (tmp_path / "s3").mkdir()
    assert names(tmp_path / pattern) == found
    monkeypatch.chdir(tmp_path)
    assert [str(path) for path in expand(pattern)] == found


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path):
    (tmp_path / "s[12].bin").touch()
    (tmp_path / "s1.bin").touch()
    assert names(tmp_path / "s[12].bin") == ["s[12].bin"]


@pytest.mark.parametrize("pattern", ["absent.bin", "absent*.bin", "absent/1.bin", "**/absent"])
def test_a_path_that_names_nothing_is_refused(tmp_path, pattern):
    with pytest.raises(DecodeError) as caught:
        expand(str(tmp_path / pattern))
    assert str(caught.value) == f"{tmp_path / pattern}: no such file or folder; check the path."


def test_a_folder_without_events_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DecodeError) as caught:
        expand(str(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path}: the folder holds no events; it needs files that end in {', '.join(ENDINGS)}."
    )


def test_files_of_one_name_in_several_folders_come_folder_by_folder(tmp_path, monkeypatch):
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        for name in ("1.bin", "2.bin"):
            (tmp_path / folder / name).touch()
    assert [str(path.relative_to(tmp_path)) for path in expand(str(tmp_path / "*" / "*.bin"))] == [
        *("a/1.bin", "a/2.bin", "b/1.bin", "b/2.bin", "c/1.bin", "c/2.bin"),
    ]


def test_names_with_raised_digits_are_sorted_too(tmp_path):
    (tmp_path / "²1.bin").touch()
    assert names(tmp_path) == ["²1.bin"]


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(DecodeError):
        expand("x" * 300)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("es.bin", "es"),
        ("es.dbn", "es"),
        ("es.dbn.zst", "es"),
        ("es.mbo.dbn.zst", "es.mbo"),
        ("2024-11-11.es.bin", "2024-11-11.es"),
        ("rollout", "rollout"),
        ("es.csv", "es"),
        ("folder/es.bin", "es"),
    ],
)
def test_the_stem_is_the_name_without_its_ending(tmp_path, name, expected):
    assert stem(tmp_path / name) == expected


@pytest.mark.parametrize("name", [".bin", ".dbn", ".dbn.zst"])
def test_a_name_that_is_an_ending_alone_keeps_something(tmp_path, name):
    assert stem(tmp_path / name)


# --- what a file is --------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path, write_dbn):
    """Return a file of each sort, by name."""
    dbn = write_dbn([Mbo(order_id=1), Mbo(order_id=2)], name="plain.dbn")
    compress = zstandard.ZstdCompressor().compress
    contents = {
        "packed": PACKED_BYTES,
        "dbn": dbn.read_bytes(),
        "dbn.zst": compress(dbn.read_bytes()),
        "dbn of two frames": compress(dbn.read_bytes()[:2]) + compress(dbn.read_bytes()[2:]),
        "text": TEXT,
        "empty": b"",
        "compressed text": compress(TEXT),
        "compressed packed": compress(PACKED_BYTES),
        "damaged zstd": b"\x28\xb5\x2f\xfd" + b"\xff" * 60,
        "truncated": PACKED_BYTES[:-5],
        "malformed": PACKED_BYTES + b"\xff" * 32,
        "cut dbn": dbn.read_bytes()[:-1],
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = tmp_path / f"{name.replace(' ', '_')}.file"
        paths[name].write_bytes(content)
    return paths


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("packed", "packed"),
        ("truncated", "packed"),
        ("dbn", "dbn"),
        ("dbn.zst", "dbn"),
        ("dbn of two frames", "dbn"),
        ("text", "text"),
        ("empty", "empty"),
        ("compressed text", "text"),
        ("compressed packed", "packed compressed"),
        ("damaged zstd", "unknown"),
    ],
)
def test_a_file_is_known_by_its_content(files, name, form):
    assert recognise(files[name]) == form


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("Zeit;Preis\n1;ä€\n".encode(), "text"),
        (b"\r\n\tindented\f", "text"),
        (b'{"px": [1, 2]}', "text"),
        (b"\x00" * 64, "packed"),
        (b"DBN\x01", "dbn"),
        (b"DBN are three letters", "text"),
        (PACKED_BYTES[:32] * 2_000, "packed"),
    ],
)
def test_text_holds_no_control_bytes_and_packed_records_do(tmp_path, content, form):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert recognise(path) == form


def test_packed_files_of_real_events_are_not_taken_for_text(tmp_path, esh4):
    for start in (0, 1, 40_000):
        path = tmp_path / f"{start}.bin"
        path.write_bytes(encode(esh4[start : start + 1]))
        assert recognise(path) == "packed"


# --- reading ---------------------------------------------------------------------------------------------------


def test_packed_records_are_mapped_and_not_copied(files):
    events = read(files["packed"])
    assert encode(events) == PACKED_BYTES
    assert not events.flags.writeable
    base = events
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize("name", ["dbn", "dbn.zst", "dbn of two frames"])
def test_dbn_files_are_read_plain_and_compressed(files, name):
    assert read(files[name])["order_id"].tolist() == [1, 2]


@pytest.mark.parametrize("as_path", [str, os.fspath, lambda path: path])
def test_a_path_may_be_text(files, as_path):
    assert len(read(as_path(files["packed"]))) == 3


def test_an_instrument_is_handed_on(write_dbn):
    path = write_dbn([Mbo(instrument_id=100, price=10**9), Mbo(instrument_id=200, price=2 * 10**9)])
    assert read(path, instrument="200")["px"].tolist() == [2.0]
    assert describe_source(path, Pick(instrument="100")).about["instrument_id"] == 100
    with pytest.raises(DecodeError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path}: the file holds 2 instruments: 100 (TEST), 200; pick one with `--instrument`."
    )


def test_load_does_not_look_at_packed_records_yet(files):
    assert bytes(load(files["malformed"])[0]) == PACKED_BYTES + b"\xff" * 32
    assert bytes(load(files["truncated"])[0]) == PACKED_BYTES[:-5]


def test_the_source_is_described_with_its_hash(files):
    packed = describe_source(files["packed"])
    assert encode(packed.events) == PACKED_BYTES
    assert packed.about == {
        "source": "packed.file",
        "sha256": hashlib.sha256(PACKED_BYTES).hexdigest(),
        "format": "packed",
        "records_in": 3,
        "records_out": 3,
        "dropped": {},
    }
    compressed = describe_source(files["dbn.zst"])
    assert encode(compressed.events) == encode(read(files["dbn.zst"]))
    assert compressed.about["source"] == "dbn.zst.file"
    assert compressed.about["sha256"] == hashlib.sha256(files["dbn.zst"].read_bytes()).hexdigest()
    assert compressed.about["format"] == "dbn"


# --- what is said of a file that cannot be read ----------------------------------------------------------------

COMPLAINTS = {
    "empty": "the file is empty; give a file of events.",
    "text": "this is text, not events; give packed records, or the CSV of Databento or LOBSTER.",
    "compressed text": "this is text, not events; give packed records, or the CSV of Databento or LOBSTER.",
    "damaged zstd": "this is compressed, but it holds no known format or is cut off; fetch it again or decompress it.",
    "truncated": "byte 64: 27 bytes are left after 2 records; the length must be a multiple of 32. "
    "Bytes may be missing anywhere before; `lobstats inspect` says where.",
    "malformed": "byte 96 (record 3): kind 255 is not an event kind. "
    "Mend the record, or count such records with `lobstats inspect`.",
}


@pytest.mark.parametrize("how", [read, describe_source])
@pytest.mark.parametrize("name", COMPLAINTS)
def test_the_text_names_the_file_and_what_to_do(files, name, how):
    with pytest.raises(DecodeError) as caught:
        how(files[name])
    assert str(caught.value) == f"{files[name]}: {COMPLAINTS[name]}"


@pytest.mark.parametrize("how", [read, describe_source, load])
def test_what_the_dbn_reader_says_has_the_file_in_front_once(files, how):
    with pytest.raises(DecodeError) as caught:
        how(files["cut dbn"])
    text, path = str(caught.value), str(files["cut dbn"])
    assert text.startswith(f"{path}: byte ")
    assert text.count(path) == 1
    assert text.endswith("the file is cut off. Fetch it again.")


@pytest.mark.parametrize("how", [read, describe_source, load])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent.bin", "no such file or directory"),
        ("folder", "is a directory"),
        ("loop.bin", "too many levels of symbolic links"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused(tmp_path, how, name, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop.bin").symlink_to("loop.bin")
    path = tmp_path / name
    with pytest.raises(DecodeError) as caught:
        how(path)
    assert str(caught.value) == f"{path}: cannot be read ({reason}); check the path and its permissions."


def test_a_file_without_permission_is_refused(files, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)  # root may read every file, so the mode bits show nothing
    with pytest.raises(DecodeError) as caught:
        read(files["packed"])
    assert str(caught.value) == (
        f"{files['packed']}: cannot be read (permission denied); check the path and its permissions."
    )


def test_every_text_is_one_line(files, tmp_path):
    bad = [*(files[name] for name in COMPLAINTS), files["cut dbn"], tmp_path / "absent.bin", tmp_path]
    for path in bad:
        with pytest.raises(DecodeError) as caught:
            read(path)
        text = str(caught.value)
        assert "\n" not in text
        assert text.startswith(f"{path}: ")
        assert text.endswith(".")


def test_a_dbn_file_cut_within_its_first_bytes_is_called_cut_off(data, tmp_path):
    path = tmp_path / "cut.dbn.zst"
    path.write_bytes((data / "cme" / "clx5-glbx-mdp3-20250924.mbo.dbn.zst").read_bytes()[:3_000])
    with pytest.raises(DecodeError, match="cut off"):
        read(path)
