"""What one hand-off through Python's queues costs, in seconds.

Prints a line each: the kind of queue, a tab, the seconds.
"""

import multiprocessing
import queue
import threading
import time


def put_all(numbers, count, go):
    numbers.put("up")
    go.wait()
    for number in range(count):
        numbers.put(number)


def hand_off(kind, worker, numbers, count):
    go = multiprocessing.Event()
    worker = worker(target=put_all, args=(numbers, count, go))
    worker.start()
    numbers.get()  # to start a worker takes long, and is not the question
    began = time.perf_counter()
    go.set()
    for _ in range(count):
        numbers.get()
    print(kind, (time.perf_counter() - began) / count, sep="\t")
    worker.join()


if __name__ == "__main__":
    thread, process = threading.Thread, multiprocessing.Process
    hand_off("Python SimpleQueue", thread, queue.SimpleQueue(), 200_000)
    hand_off("Python Queue", thread, queue.Queue(), 100_000)
    hand_off("Python PriorityQueue", thread, queue.PriorityQueue(), 50_000)
    between = multiprocessing.Queue()
    hand_off("Python multiprocessing.Queue", process, between, 50_000)
