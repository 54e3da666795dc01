#!/usr/bin/env python3
"""Writes scenarios.csv: values, Greeks and scenario losses of single options, the oracle of tests/scenario_accuracy.rs.

    python3 make_scenarios.py                          the committed table, in 40-digit arithmetic
    python3 make_scenarios.py --campaign FROM COUNT FILE
        rows FROM to FROM + COUNT with all 35 losses in float64, every hundredth also in 40 digits; prints the largest
        difference between the two. `BALLAST_ACCURACY_TABLE=FILE` gives the file to the test.

Written from docs/risk.md §1 to §3 alone. A row depends on its number only, so any row can be had again. Domain: spot 1e-5
to 1e6 quote, S/K 0.1 to 10, T 1 minute to 2 years, sigma 5 to 400 %, basis, rate, V* over V, a stale feed; a third of the
rows with a smile, a tenth inside the settlement window. Two fifths of the strikes lie anywhere, the rest where d1 is
within 5 standard deviations (elsewhere an option is worthless or certain). Parameters are those of books/defaults.rs.

Columns: spot_e8, strike_e8, secs, vol_e6, vol_margin_e6, stale, basis_e6, rate_e6, atm_e6, skew_e6, curvature_e6,
averaged_secs, average_e8, kind (C, P); value/S, delta, vega/S; losses as scenario:loss/S, a loss above zero.
"""
import math
import os
import random
import sys

from mpmath import mp

mp.dps = 40
YEAR, DAY, WINDOW = 31_536_000, 86_400, 1_800
TAILS = (-66, -33, 50, 100, 200, 300, 400, 500)  # percent
COMMITTED = 1_500
# Rows with the largest errors of each kind in each region, found among the first 10^6.
WORST = (
    23356, 29692, 59904, 77304, 86607, 88317, 98978, 106894, 107245, 109480, 153054, 259150, 280112, 301408,
    309482, 351228, 354747, 358629, 522406, 531855, 532003, 541378, 560675, 590167, 595750, 601139, 629007,
    633836, 644574, 649384, 652507, 654012, 674293, 676353, 703429, 711510, 770430, 781147, 788252, 819768,
    825555, 848644, 854327, 890763, 986022, 998979,
)


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def row(n):
    """The inputs of row n: a tuple in the order of the columns."""
    rng = random.Random(n)
    spot, vol = round(log_uniform(rng, 1e3, 1e14)), round(log_uniform(rng, 5e4, 4e6))
    margin = vol if n % 2 else min(10**7, round(vol * rng.uniform(1, 2.5)))
    basis, rate = rng.randrange(-300_000, 300_001), rng.randrange(0, 300_001)
    atm, skew, curvature = 10**6, 0, 0
    if n % 3 == 0:
        atm, skew, curvature = rng.randrange(600_000, 1_600_001), rng.randrange(-50_000, 50_001), rng.randrange(15_001)
    secs, averaged, average = round(log_uniform(rng, 60, 2 * YEAR)), 0, 0
    if n % 10 == 7:
        secs = round(log_uniform(rng, 60, WINDOW - 1))
        averaged, average = rng.randrange(1, WINDOW - secs + 1), round(spot * rng.uniform(0.9, 1.1))
    v = vol * atm * 1e-12 * math.sqrt(secs / YEAR)
    if n % 5 < 2:
        strike = spot / log_uniform(rng, 0.1, 10)
    else:
        moving = spot * (1 - averaged / WINDOW) * math.exp(basis * 1e-6 * secs / YEAR)
        strike = moving * math.exp(-(rng.uniform(-5, 5) - v / 2) * v) + averaged / WINDOW * average
    strike = round(min(max(strike, spot / 10), spot * 10))
    kind = "CP"[rng.randrange(2)]
    return spot, strike, secs, vol, margin, int(n % 7 == 3), basis, rate, atm, skew, curvature, averaged, average, kind


class Float:
    """Arithmetic of float64."""
    num, exp, log, sqrt, erfc, pi = float, math.exp, math.log, math.sqrt, math.erfc, math.pi


class Exact:
    """Arithmetic of 40 digits."""
    num, exp, log, sqrt, erfc, pi = mp.mpf, mp.exp, mp.log, mp.sqrt, mp.erfc, mp.pi


def clamp(x, low, high):
    return min(max(x, low), high)


def undiscounted(m, f, k, v, call):
    """A call or put on a forward, undiscounted (risk.md §2)."""
    if k <= 0:
        return f - k if call else 0 * f
    d1 = m.log(f / k) / v + v / 2
    two = m.sqrt(m.num(2))
    if call:
        return (f * m.erfc(-d1 / two) - k * m.erfc((v - d1) / two)) / 2
    return (k * m.erfc((d1 - v) / two) - f * m.erfc(d1 / two)) / 2


def answer(m, inputs, scenarios):
    """(value/S, delta, vega/S, {scenario: loss/S}) of one row in the arithmetic m."""
    spot, strike, secs, vol, margin, stale, basis, rate, atm, skew, curvature, averaged, average, kind = inputs
    milli, call = m.num(10**6), kind == "C"
    s, t, w = m.num(spot), m.num(secs) / YEAR, m.num(averaged) / WINDOW
    big_v, stretch, level = vol / milli, m.num(margin) / vol, vol / milli * atm / milli
    f, d = s * m.exp(basis / milli * t), m.exp(-rate / milli * t)
    x = m.log(strike / f) / (level * m.sqrt(max(t, m.num(1) / 365)))
    shape = clamp(1 + skew / milli * x + curvature / milli * x * x, 600_000 / milli, 1_800_000 / milli)
    sigma = clamp(level * shape, 50_000 / milli, m.num(4))
    f, k, root = f * (1 - w), strike - w * average, m.sqrt(t)

    value = d * undiscounted(m, f, k, sigma * root, call)
    if k > 0:
        d1 = m.log(f / k) / (sigma * root) + sigma * root / 2
        up = m.erfc(-d1 / m.sqrt(m.num(2))) / 2
        vega = d * f * m.exp(-d1 * d1 / 2) / m.sqrt(2 * m.pi) * root
    else:
        up, vega = m.num(1), 0 * s
    delta = d * (up if call else up - 1) * (1 - w)

    days = max(t * 365, m.num(1))
    power = 300_000 / milli if t * 365 < 30 else 130_000 / milli
    h = m.exp(m.log(30 / days) * power)
    raised = max(sigma * (1 + h / 2), sigma * stretch, m.num(1) / 2) * (m.num(5) / 4 if stale else 1)
    lowered = max(sigma * max(1 - h / 4, 0), 50_000 / milli)
    reach = clamp(4 * big_v * stretch * m.sqrt(m.num(1) / 365), 160_000 / milli, 400_000 / milli)
    losses = {}
    for i in scenarios:
        if i < 27:
            move, volatility, weight = (i // 3 - 4) * reach / 4, (raised, sigma, lowered)[i % 3], 1
        else:
            move = m.num(TAILS[i - 27]) / 100
            volatility, weight = raised, min(m.num(1), reach / abs(move))
        moved = d * undiscounted(m, f * (1 + move), k, volatility * root, call)
        losses[i] = weight * (value - moved) / s
    return value / s, delta, vega / s, losses


def short(x, digits):
    """`digits` decimals without trailing zeros."""
    text = f"{float(x):.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def line(inputs, answers, digits):
    value, delta, vega, losses = answers
    numbers = [short(value, digits), short(delta, 9), short(vega, 9)]
    return ",".join([*map(str, inputs), *numbers, *(f"{i}:{short(x, digits)}" for i, x in losses.items())]) + "\n"


HEAD = ("spot_e8,strike_e8,secs,vol_e6,vol_margin_e6,stale,basis_e6,rate_e6,atm_e6,skew_e6,curvature_e6,averaged_secs,"
        "average_e8,kind,value,delta,vega,losses\n")


def committed():
    """The table of every run: three scenarios a row, so that each comes up equally often, and all of the worst rows."""
    folder = os.path.dirname(os.path.abspath(__file__))
    rows = [(n, [(3 * n + k) % 35 for k in (0, 12, 24)]) for n in range(COMMITTED)]
    rows += [(n, range(35)) for n in WORST]
    with open(os.path.join(folder, "scenarios.csv"), "w") as f:
        f.write(HEAD + "".join(line(row(n), answer(Exact, row(n), which), 11) for n, which in rows))


def campaign(first, count, name):
    """Float64 rows for the development-time check, each hundredth compared with 40 digits."""
    worst = [0.0] * 4
    with open(name, "w") as f:
        f.write(HEAD)
        for n in range(first, first + count):
            inputs = row(n)
            got = answer(Float, inputs, range(35))
            f.write(line(inputs, got, 12))
            if n % 100 == 0:
                want = answer(Exact, inputs, range(35))
                pairs = [[(got[i], want[i])] for i in range(3)] + [[(got[3][i], want[3][i]) for i in range(35)]]
                worst = [max(w, *(float(abs(a - b)) for a, b in p)) for w, p in zip(worst, pairs)]
    print("float64 against 40 digits: value %.1e, delta %.1e, vega %.1e, loss %.1e of spot" % tuple(worst))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--campaign"]:
        campaign(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        committed()
