#!/usr/bin/env python3
"""Writes normal.csv and fixed.csv: the normal distribution, ln, exp and the root in 40-digit arithmetic (mpmath).

normal.csv: z at 2^-28, its distribution and density at 2^-29 (18 digits). Every row whose z is a multiple of 2^17 is a
node of the engine's table. fixed.csv: function, argument, value (25 digits): `ln` of an integer times 2^40, `exp` of an
integer at 2^-40 times 2^40, `sqrt` of an integer. Deterministic: the same files every time.
"""
import os
import random

from mpmath import mp, mpf

mp.dps = 40


def normal(rng):
    half = 16_384
    nodes = {-half, -half + 1, -1, 0, 1, half - 1, half} | {n * 256 - half for n in range(129)}
    while len(nodes) < 240:
        nodes.add(round(rng.gauss(0, 3) * 2_048) % (2 * half) - half)
    between = [rng.randrange(-8 << 28, 8 << 28) for _ in range(160)] + [round(rng.gauss(0, 1.5) * 2**28) for _ in range(240)]
    for z in sorted([n << 17 for n in nodes] + [(9 << 28), -(9 << 28), *between]):
        x = mpf(z) / 2**28
        yield z, mp.nstr(mp.ncdf(x) * 2**29, 18), mp.nstr(mp.npdf(x) * 2**29, 18)


def fixed(rng):
    ends = [1, 2, 3, 7, 127, 128, 129, 255, 256, 257, 2**31, 2**32 - 1, 2**50, 2**63, 2**64 - 1]
    for x in ends + [rng.getrandbits(rng.randrange(2, 65)) | 1 for _ in range(240)]:
        yield "ln", x, mp.nstr(mp.log(x) * 2**40, 25)
        yield "sqrt", x, mp.nstr(mp.sqrt(x), 25)
    one = 2**40
    for x in [-27 * one, -one, -1, 0, 1, one, 15 * one] + [rng.randrange(-20 * one, 15 * one) for _ in range(240)]:
        yield "exp", x, mp.nstr(mp.exp(mpf(x) / one) * one, 25)


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, head, rows in (("normal", "z_q28,cdf_q29,pdf_q29", normal(random.Random(29))),
                             ("fixed", "function,argument,value", fixed(random.Random(40)))):
        with open(os.path.join(folder, name + ".csv"), "w") as f:
            f.write(head + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))


if __name__ == "__main__":
    main()
