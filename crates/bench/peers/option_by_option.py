"""py_vollib's Black value, option by option, for `cargo xtask bench`.

    option_by_option.py INPUTS VALUES

INPUTS: records of six doubles: forward, strike, volatility, years, rate, 1 for a call or -1 for a put. Writes one
double a record to VALUES, prints "ready", then answers each line of standard input by valuing all records once and
printing the processor seconds of this thread and the sum of the values.
"""

import sys
import time
import warnings
from array import array

warnings.simplefilter("ignore")
try:
    from vollib.black import black  # py_vollib by its present name
    import vollib as package
except ImportError:
    from py_vollib.black import black
    import py_vollib as package


def main(inputs, values):
    numbers = array("d")
    with open(inputs, "rb") as file:
        numbers.frombytes(file.read())
    options = [
        ("c" if sign > 0 else "p", forward, strike, years, rate, sigma)
        for forward, strike, sigma, years, rate, sign in zip(*[iter(numbers)] * 6)
    ]
    with open(values, "wb") as file:
        array("d", [black(*option) for option in options]).tofile(file)
    print("ready", version(), flush=True)
    for _ in sys.stdin:
        start = time.thread_time()
        total = 0.0
        for flag, forward, strike, years, rate, sigma in options:
            total += black(flag, forward, strike, years, rate, sigma)
        print(f"{time.thread_time() - start:.9f} {total:.17g}", flush=True)


def version():
    from importlib import metadata

    try:
        return metadata.version(package.__name__)
    except metadata.PackageNotFoundError:
        return "unknown"


main(*sys.argv[1:])
