#!/usr/bin/env python3
"""From PDF to finished page data at 600 dpi in colour: our driver, in its
child process and with as many threads as there are cores, beside Ghostscript
and MuPDF.

    python3 tests/peers/render.py [--runs 5] [--pages 500] [FILE ...]

builds the driver, takes turns run by run, and prints the median times, the
pages a minute, the ratio to the faster of the two peers, the bytes of a page,
and the peak memory on a document of 500 pages. Needs `gs` and `mutool` on
PATH (Debian: apt install ghostscript mupdf-tools) and Linux's wait4.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GHOSTSCRIPT = """gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=pwgraster -r600
    -dcupsColorSpace=19 -dcupsBitsPerColor=8 -dcupsColorOrder=0
    -dTextAlphaBits=4 -dGraphicsAlphaBits=4 -sOutputFile=%o""".split()
MUPDF = "mutool draw -q -F pwg -r 600 -c rgb -o %o".split()


def build():
    """The release build of lesson13."""
    made = subprocess.run(
        ["cargo", "build", "--release", "--bin", "lesson13", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in made.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "lesson13":
            return message["executable"]
    sys.exit("cargo names no program lesson13")


def run(command, document, out):
    """Runs once; returns seconds and the peak memory in KiB of the largest
    process."""
    words = [word.replace("%o", out) for word in command] + [document]
    to = subprocess.DEVNULL
    if "%o" not in " ".join(command):
        to = open(out, "wb")
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=to, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"failed: {' '.join(words)}")
    return seconds, usage.ru_maxrss


def pages_of(document):
    said = subprocess.run(["mutool", "info", document], capture_output=True, text=True)
    return int(next(line.split()[1] for line in said.stdout.splitlines() if line.startswith("Pages:")))


def main():
    options = argparse.ArgumentParser(description="The driver beside Ghostscript and MuPDF.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--pages", type=int, default=500)
    options.add_argument("files", nargs="*")
    options = options.parse_args()
    driver = build()
    cores = str(os.cpu_count())
    tools = {
        "ours": [driver, "render", "--threads", cores],
        "gs": GHOSTSCRIPT,
        "mutool": MUPDF,
    }
    files = options.files or sorted(map(str, (ROOT / "tests/samples").glob("*.pdf")))
    print(f"{cores} cores, 600 dpi, colour, median of {options.runs} runs in turn\n")
    print(f"{'document':16} {'pages':>5}  {'ms: ours':>9} {'gs':>6} {'mutool':>6}"
          f"  {'pages/min: ours':>15} {'gs':>6} {'mutool':>6}  {'ratio':>5}"
          f"  {'kB/page: ours':>13} {'gs':>6} {'mutool':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for document in files:
            pages = pages_of(document)
            times = {tool: [] for tool in tools}
            size = {}
            for turn in range(options.runs + 1):
                for tool, command in tools.items():
                    out = f"{folder}/{tool}"
                    seconds, _ = run(command, document, out)
                    if turn:  # The first warms the caches.
                        times[tool].append(seconds)
                    size[tool] = os.path.getsize(out) / pages / 1000
            middle = {tool: statistics.median(all) for tool, all in times.items()}
            ratio = min(middle["gs"], middle["mutool"]) / middle["ours"]
            print(f"{pathlib.Path(document).stem:16} {pages:5}  "
                  + f"{middle['ours'] * 1000:9.0f} {middle['gs'] * 1000:6.0f} {middle['mutool'] * 1000:6.0f}  "
                  + f"{60 * pages / middle['ours']:15.0f} {60 * pages / middle['gs']:6.0f} "
                  + f"{60 * pages / middle['mutool']:6.0f}  {ratio:4.1f}x  "
                  + f"{size['ours']:13.0f} {size['gs']:6.0f} {size['mutool']:6.0f}", flush=True)
        if options.pages:
            big = f"{folder}/big.pdf"
            report = str(ROOT / "tests/samples/report.pdf")
            subprocess.run(["mutool", "merge", "-o", big] + [report] * (options.pages // 6 + 1), check=True)
            for count in (10, options.pages):
                seconds, peak = run(tools["ours"][:-1] + ["2", "--pages", f"1-{count}"], big, f"{folder}/big")
                print(f"\n{count} pages, 2 threads: {seconds:.1f} s, {60 * count / seconds:.0f} pages/min, "
                      f"peak memory {peak / 1024:.0f} MiB", end="")
            print()


if __name__ == "__main__":
    main()
