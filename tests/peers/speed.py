"""Runs pyspeedtest or speedtest-cli as they are, against one server.

    speed.py pyspeedtest HOST:PORT
    speed.py speedtest-cli HOST:PORT

Prints a line of JSON: download and upload in bits per second, and the bytes
received and sent. Both programs are used as libraries, because what they
print is rounded, and pyspeedtest divides it by 1024 twice and calls that
"Mbps".
"""

import json
import logging
import sys


def pyspeedtest(server):
    """It writes to its log, and nowhere else, how many bytes it moved."""
    from pyspeedtest import LOG, SpeedTest

    moved = []
    handler = logging.Handler()
    handler.emit = lambda record: moved.append(record.args[-1])
    handler.addFilter(lambda record: record.msg.startswith("Took"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    test = SpeedTest(server)
    test.ping()
    download, upload = test.download(), test.upload()
    return {
        "download": download,
        "upload": upload,
        "bytes_received": moved[0],
        "bytes_sent": moved[1],
    }


def speedtest_cli(server):
    """It asks speedtest.net how to measure. These are the values that
    speedtest.net gives, so that nothing is asked there."""
    import speedtest

    def configure(self):
        sizes = [524_288, 1_048_576, 7_340_032]
        downloads = [350, 500, 750, 1000, 1500, 2000, 2500, 3000, 3500, 4000]
        self.config.update({
            "client": {"ip": "198.18.0.1", "lat": "0", "lon": "0"},
            "ignore_servers": [],
            "sizes": {"upload": sizes, "download": downloads},
            "counts": {"upload": 17, "download": 4},
            "threads": {"upload": 2, "download": 8},
            "length": {"upload": 10, "download": 10},
            "upload_max": 51,
        })
        self.lat_lon = (0.0, 0.0)
        return self.config

    speedtest.Speedtest.get_config = configure
    test = speedtest.Speedtest()
    test.get_best_server(test.set_mini_server(f"http://{server}"))
    test.download()
    test.upload()
    return {
        "download": test.results.download,
        "upload": test.results.upload,
        "bytes_received": test.results.bytes_received,
        "bytes_sent": test.results.bytes_sent,
    }


if __name__ == "__main__":
    program, server = sys.argv[1:]
    measure = {"pyspeedtest": pyspeedtest, "speedtest-cli": speedtest_cli}
    print(json.dumps(measure[program](server)))
