"""Take the picture of a report that the README shows, `docs/report.png`, with headless Chromium.

`python docs/picture.py` from the root of the project.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Write a report on the fixtures and take its first screen."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.stderr.write(f"no browser: install one of {', '.join(BROWSERS)}.\n")
        return 2
    samples = ["reference.bin", "generated.bin", "generated_bad.bin"]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        report = [sys.executable, "-m", "lobstats.cli", "report", *samples, "--out", str(page)]
        subprocess.run(report, cwd=ROOT / "fixtures", check=True, stdout=subprocess.DEVNULL)
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        picture = [f"--screenshot={ROOT / 'docs' / 'report.png'}", "--window-size=1280,1400", page.as_uri()]
        subprocess.run([browser, *options, *picture], check=True, stderr=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
