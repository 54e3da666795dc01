#!/usr/bin/env python3
"""Writes black76.csv: Black-76 values and Greeks in 40-digit arithmetic (mpmath), the oracle of tests/accuracy.rs.

Domain: S/K 0.1 to 10, T 1 minute to 2 years, sigma 5 to 400 %, spots from 1e-5 to 1e6 quote, f and r random. A third of
the rows lies anywhere in it, half at a chosen d1 within 5 standard deviations (elsewhere an option is worthless or
certain), the rest at the corners and at the money. Deterministic: the same file every time.

Columns: spot_e8, strike_e8, secs, vol_e6, basis_e6, rate_e6, call/S, put/S, call delta, put delta, vega/S.
"""
import itertools
import math
import os
import random

from mpmath import mp, mpf

mp.dps = 40
YEAR = 31_536_000
T_ENDS, VOL_ENDS, RATIO_ENDS = (60, 2 * YEAR), (50_000, 4_000_000), (0.1, 10.0)
SPOTS = (1_237, 104_500, 11_111_113, 100_000_000, 20_735_000_000, 432_175_000_000, 11_825_040_000_000, 100_000_000_000_000)


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def inputs():
    """Rows of (spot_e8, strike_e8, secs, vol_e6, basis_e6, rate_e6)."""
    rng = random.Random(76)
    spot = 11_825_040_000_000
    for secs, vol, ratio in itertools.product((60, 3_600, 86_400, 2_592_000, YEAR, 2 * YEAR), (50_000, 500_000, 4_000_000),
                                              (0.1, 0.5, 0.99, 0.9999, 1.0, 1.0001, 1.01, 2.0, 10.0)):
        yield spot, round(spot / ratio), secs, vol, 0, 0
    for n in range(1_840):
        spot = rng.choice(SPOTS)
        secs, vol = round(log_uniform(rng, *T_ENDS)), round(log_uniform(rng, *VOL_ENDS))
        basis, rate = rng.randrange(-300_000, 300_001), rng.randrange(0, 300_001)
        v = vol * 1e-6 * math.sqrt(secs / YEAR)
        if n % 5 < 2:
            strike = spot / log_uniform(rng, *RATIO_ENDS)
        else:
            strike = spot * math.exp(basis * 1e-6 * secs / YEAR - (rng.uniform(-5, 5) - v / 2) * v)
        strike = min(max(strike, spot / RATIO_ENDS[1]), spot / RATIO_ENDS[0])
        yield spot, round(strike), secs, vol, basis, rate


def answer(spot, strike, secs, vol, basis, rate):
    """(call/S, put/S, D*N(d1), D*(N(d1) - 1), vega/S) of one row."""
    s, k, t, sigma = mpf(spot), mpf(strike), mpf(secs) / YEAR, mpf(vol) / 10**6
    f, d = s * mp.exp(mpf(basis) / 10**6 * t), mp.exp(-mpf(rate) / 10**6 * t)
    v = sigma * mp.sqrt(t)
    d1 = mp.log(f / k) / v + v / 2
    call = d * (f * mp.ncdf(d1) - k * mp.ncdf(d1 - v))
    put = d * (k * mp.ncdf(v - d1) - f * mp.ncdf(-d1))
    return call / s, put / s, d * mp.ncdf(d1), -d * mp.ncdf(-d1), d * f * mp.npdf(d1) * mp.sqrt(t) / s


def short(x):
    """12 decimals without trailing zeros."""
    return mp.nstr(x, 12 + max(0, int(mp.log10(abs(x))) + 1) if x else 1, strip_zeros=True) if abs(x) >= mpf(10) ** -12 else "0"


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "black76.csv"), "w") as f:
        f.write("spot_e8,strike_e8,secs,vol_e6,basis_e6,rate_e6,call,put,call_delta,put_delta,vega\n")
        for row in inputs():
            f.write(",".join([*map(str, row), *map(short, answer(*row))]) + "\n")


if __name__ == "__main__":
    main()
