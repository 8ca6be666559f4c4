"""Counts primes on 1 to N workers: threads first, then processes.

    python3 primes.py N

Prints a line for each kind: its name, then the seconds, with tabs between.
"""

import sys
import time
from multiprocessing.pool import Pool, ThreadPool

BELOW = 50_000


# ANCHOR: primes
def is_prime(n):
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return n >= 2


def count_share(share):
    worker, workers = share
    blocks = range(worker * 1000, BELOW, workers * 1000)
    return sum(is_prime(n) for b in blocks for n in range(b, b + 1000))


def seconds(kind, workers):
    with kind(workers) as pool:
        pool.map(abs, range(workers))  # all have started
        began = time.perf_counter()
        shares = [(worker, workers) for worker in range(workers)]
        assert sum(pool.map(count_share, shares, chunksize=1)) == 5133
        return time.perf_counter() - began
# ANCHOR_END: primes


if __name__ == "__main__":
    lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    threads = "Python threads" if lock else "Python threads, no GIL"
    for name, kind in [(threads, ThreadPool), ("Python processes", Pool)]:
        rounds = range(1, int(sys.argv[1]) + 1)
        best = [min(seconds(kind, n) for _ in range(15)) for n in rounds]
        print(name, *best, sep="\t")
