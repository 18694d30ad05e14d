"""How long LOB-Bench's whole set takes, as whole processes on the input that its own figures are known for.

    python benchmarks/lob_bench.py PERT500.tar.zst

writes the table beside this file. The archive is that of 65 real and 65 perturbed sequences of 500 messages.
"""

import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import zstandard

RUNS = 7


def main(archive: Path) -> None:
    """Unpack, run the command several times and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        with archive.open("rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file)
            with tarfile.open(fileobj=stream, mode="r|") as members:
                members.extractall(folder, filter="data")
        walls, cpus = [], []
        for _ in range(RUNS):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            command = [sys.executable, "-m", "lobstats.cli", "lob-bench", folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            walls.append(time.perf_counter() - began)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    text = f"""# LOB-Bench's whole set

`python benchmarks/lob_bench.py pert500.tar.zst`: `lobstats lob-bench` as a fresh process, {RUNS} runs, on 65 real and
65 generated sequences of 500 messages: 21 scores, three conditional ones, divergence and six response curves, each as
published and corrected. LOB-Bench itself takes some 150 s of CPU for the 21 scores alone.

| | median | lowest | highest |
|---|---|---|---|
| wall, s | {statistics.median(walls):.2f} | {min(walls):.2f} | {max(walls):.2f} |
| CPU, s | {statistics.median(cpus):.2f} | {min(cpus):.2f} | {max(cpus):.2f} |

Peak memory {memory:.0f} MB.
"""
    Path(__file__).with_suffix(".md").write_text(text)
    print(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
