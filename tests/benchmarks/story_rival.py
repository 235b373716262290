"""datasketch's MinHash-LSH at its best, behind one line of JSON; run in a throw-away environment.

`python story_rival.py TEXTS` reads a JSON list of texts and prints the pairs it takes for copies, its CPU and memory.
128 permutations over five-word shingles; of its thresholds the one with the best F1 is chosen by the caller.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8)


def main() -> None:
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 (installed where this runs only)

    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    before = _resident_bytes()
    begun = time.process_time()
    signatures = []
    for text in texts:
        words = re.findall(r"\w+", text.casefold())
        signature = MinHash(num_perm=128)
        signature.update_batch([" ".join(words[at : at + 5]).encode() for at in range(max(1, len(words) - 4))])
        signatures.append(signature)
    signed = time.process_time() - begun
    for threshold in THRESHOLDS:
        begun = time.process_time()
        index = MinHashLSH(threshold=threshold, num_perm=128)
        pairs = []
        for number, signature in enumerate(signatures):
            pairs += [[number, int(other)] for other in index.query(signature)]
            index.insert(str(number), signature)
        took = signed + time.process_time() - begun
        grown = _resident_bytes() - before
        print(
            json.dumps(
                {
                    "threshold": threshold,
                    "pairs": pairs,
                    "ms": 1e3 * took / len(texts),
                    "bytes": grown / len(texts),
                }
            )
        )


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
