"""Shapes against the reference, over many bodies: `python -m tests.judge.shapes_matrix COUNT`.

So many bodies a format are tried over all subjects, in rounds with shapes of their own, and streams
are judged by the whole engine; the first differences are printed, and the exit code is 1.
"""

import sys
from itertools import islice

from tests.judge import shapes_fuzz as fuzz
from tests.judge.shapes_liars import LIARS, lying

ROUND, SHOWN = 5000, 5


def main(words):
    """Try bodies; say how many, and what was found."""
    count = int(words[0]) if words else 200_000
    broken = 0
    for name, fmt in fuzz.SCENES:
        scene, bodies = fuzz.scene(name, fmt), 2 * count // len(fuzz.SCENES)
        found = []
        for seed in range(max(1, -(-bodies // ROUND))):
            size = min(ROUND, bodies)
            found += islice(fuzz.differences(scene, seed, size), SHOWN)
            found += islice(fuzz.engine(scene, fuzz.seeded(name, fmt, seed), size // 20), SHOWN)
        broken += len(found)
        print(f"{name}, {fmt}: {bodies} bodies, {len(found)} differences", flush=True)  # noqa: T201
        print("\n".join(found[:SHOWN]))  # noqa: T201
    for liar in LIARS:
        with lying(liar):
            told = any(
                True for fmt in ("json", "xml") for _ in fuzz.directed(fuzz.scene("shop", fmt))
            )
        broken += not told
        print(f"{'convicted' if told else 'NOT CONVICTED'}: forgotten that {liar}")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
