#!/usr/bin/env python3
"""Writes the inputs of the cases in `cases/`, every branch of the risk model at least once.

    python3 make_cases.py [FOLDER]      default: the folder `cases` beside this script

A case keeps the `expect` it has; where its input changed, `expect` is dropped and has to be filled again. `expect` is
never what the engine says: it comes from an independent float64 implementation of docs/risk.md.
"""
import json
import os
import random
import sys

HOUR, DAY, YEAR = 3_600, 86_400, 31_536_000

# Three parameter sets: a liquid coin, a thin one, and a metal with its own clock (a two-day MPOR, a narrow smile).
PARAMS = {
    "deep": dict(
        kappa=4_000_000, mpor=DAY, pr_min=160_000, pr_max=400_000, sigma_min=50_000, sigma_max=4_000_000,
        smile_min=600_000, smile_max=1_800_000, vol_up=500_000, vol_down=250_000, vol_up_min=500_000,
        vol_p_short=300_000, vol_p_long=130_000, som=7_500, beta=7_500, spread=800, impact=90_000,
        depth=40_000_000_000_000, volspread=9_000, oi_scale=1_000_000, oi_free=100_000, ema_free=20_000),
    "thin": dict(
        kappa=4_500_000, mpor=DAY, pr_min=210_000, pr_max=450_000, sigma_min=60_000, sigma_max=3_500_000,
        smile_min=650_000, smile_max=1_700_000, vol_up=600_000, vol_down=300_000, vol_up_min=600_000,
        vol_p_short=350_000, vol_p_long=150_000, som=12_000, beta=11_000, spread=3_100, impact=140_000,
        depth=2_300_000_000_000, volspread=26_000, oi_scale=2_000_000, oi_free=50_000, ema_free=30_000),
    "metal": dict(
        kappa=3_500_000, mpor=2 * DAY, pr_min=80_000, pr_max=250_000, sigma_min=30_000, sigma_max=2_000_000,
        smile_min=800_000, smile_max=1_400_000, vol_up=400_000, vol_down=200_000, vol_up_min=150_000,
        vol_p_short=250_000, vol_p_long=100_000, som=5_000, beta=4_000, spread=300, impact=50_000,
        depth=90_000_000_000_000, volspread=4_000, oi_scale=500_000, oi_free=150_000, ema_free=10_000),
}
# id: (parameters, spot, V, skew, curvature, basis)
MARKETS = {
    "BTC": ("deep", 118_250.4, 0.41, -24_000, 9_000, 52_000),
          "ETH": ("deep", 4_321.75, 0.66, -31_000, 11_000, 47_000),
    "SOL": ("thin", 207.35, 0.88, -18_000, 13_000, 61_000), "XRP": ("thin", 2.8473, 0.79, -12_000, 8_000, 35_000),
    "BONK": ("thin", 0.00002447, 1.31, 21_000, 14_500, 0), "XAU": ("metal", 3_987.2, 0.17, 15_000, 6_000, 41_000),
    "INDEX": ("deep", 1_250_000.0, 0.23, -45_000, 4_000, 12_000),
          "EUR": ("metal", 1.0832, 0.075, 3_000, 2_000, -19_000),
}


def px(quote):
    """A price at 1e-8 quote."""
    return round(quote * 1e8)


def q(units):
    """A quantity or an amount of money at 1e-6."""
    return round(units * 1e6)


def expiry(secs, b=None, c=None, f=None, a=1_000_000, **more):
    """An expiry; skew, curvature and basis are the market's where not given."""
    return {"T": secs, "a": a, "b": b, "c": c, "f": f, **more}


def market(name, *expiries, group="main", **more):
    """An underlying of MARKETS with the given expiries (numbers are seconds)."""
    params, spot, v, b, c, f = MARKETS[name]
    spot, v = more.pop("at", spot), more.pop("vol", v)
    rows = [dict(e) if isinstance(e, dict) else expiry(e) for e in expiries]
    for row in rows:
        row.update({k: d for k, d in (("b", b), ("c", c), ("f", f)) if row[k] is None})
    base = {"id": name, "group": group, "params": params, "spot": px(spot), "conf": px(spot) // 2_900,
            "ema": px(spot * 0.9985), "v": q(v), "v_star": q(v * 1.06), "v_ref": q(0.7 * v), "oi_share": 0,
            "vol_stale": False, "price_stale": False, "r_only": False}
    return {**base, **more, "expiries": rows}


def held(asset, amount, price, h0=0.25, h1=0.05, of=None, **more):
    """A collateral balance in whole tokens; `of` names the underlying it is."""
    base = {"asset": asset, "amount": q(amount), "price": px(price), "ema": px(price * 1.0007),
          "conf": px(price) // 3_100,
            "h0": q(h0), "h1": q(h1), "underlying": of, "cap": 0, "deposits": 0}
    return {**base, **more}


class Cases:
    """Collects cases and writes them."""

    def __init__(self):
        self.all = {}

    def add(self, name, note, markets, legs, cash=50_000.0, collateral=(), t=0, groups=None, exchange=None,
          tweak=None):
        """legs: (underlying, expiry, strike in quote, "C" or "P", units). tweak: changes of parameter sets by name."""
        params = {m["params"]: {**PARAMS[m["params"]], **(tweak or {}).get(m["params"], {})} for m in markets}
        x = dict(r=37_000, z=2_000_000, window=1_800, long_weight=950_000, mm_factor=800_000, exit_buffer=250_000,
                 haircut_max=950_000, peg=100_000_000, dust_equity=1_000_000_000,
                       groups=groups or {"main": (0.5, "worst")})
        x.update(exchange or {})
        x["groups"] = {g: {"rho": q(rho), "measure": kind} for g, (rho, kind) in x["groups"].items()}
        rows = [[u, e, px(k), kind, q(units)] for u, e, k, kind, units in legs]
        assert name not in self.all, name
        self.all[name] = {"name": name, "note": note, "exchange": x, "params": params, "underlyings": markets,
                          "portfolio": {"cash": q(cash), "collateral": list(collateral), "legs": rows},
                          "liquidation": {"t": t}}

    def write(self, folder):
        """Writes every case, with the `expect` of the file before if nothing else changed; removes what is no more."""
        for file in os.listdir(folder):
            if file.endswith(".json") and file[:-5] not in self.all:
                os.remove(os.path.join(folder, file))
        for name, case in self.all.items():
            path = os.path.join(folder, name + ".json")
            if os.path.exists(path):
                before = json.load(open(path))
                answer = before.pop("expect", None)
                if answer is not None and before == json.loads(json.dumps(case)):
                    case["expect"] = answer
            lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in case.items()]
            with open(path, "w") as f:
                f.write("{\n" + ",\n".join(lines) + "\n}\n")


def fly(u, e, low, mid, high, units, kind="C"):
    """A butterfly, long for units > 0."""
    return [(u, e, low, kind, units), (u, e, mid, kind, -2 * units), (u, e, high, kind, units)]


def single_legs(s):
    s.add("single_call_long_2y", "a long call far away", [market("BTC", 2 * YEAR)], [(0, 0, 150_000, "C", 1.5)])
    s.add("single_call_short_45m", "a short call 45 minutes before expiry", [market("ETH", 2_700)],
          [(0, 0, 4_350, "C", -12)])
    s.add("single_put_long_deep", "a long put deep in the money", [market("SOL", 40 * DAY)], [(0, 0, 520, "P", 300)])
    s.add("single_put_short_far", "a short put worth little", [market("BTC", 10 * DAY)], [(0, 0, 61_000, "P", -4)])
    s.add("single_put_short_60s", "a minute to expiry", [market("XRP", 60)], [(0, 0, 2.86, "P", -25_000)])
    s.add("single_call_short_4y", "the longest expiry", [market("XAU", 4 * YEAR)], [(0, 0, 4_600, "C", -20)])
    s.add("single_call_short_metal", "another MPOR, range and smile", [market("XAU", 33 * DAY)],
          [(0, 0, 4_100, "C", -30)])


def strategies(s):
    btc, eth = market("BTC", 8 * DAY, 29 * DAY, 95 * DAY), market("ETH", 3 * DAY, 31 * DAY)
    s.add("strategy_straddle_long", "long gamma", [eth], [(0, 1, 4_300, "C", 9), (0, 1, 4_300, "P", 9)])
    strangles = [(0, e, k, kind, -2) for e, (low, high) in enumerate(((108_000, 129_000), (99_000, 140_000),
          (85_000, 170_000)))
                 for k, kind in ((low, "P"), (high, "C"))]
    s.add("strategy_strangles_short", "three expiries, each a short strangle", [btc], strangles)
    s.add("strategy_iron_fly", "short straddle with wings", [btc],
          [(0, 1, 118_000, "C", -3), (0, 1, 118_000, "P", -3), (0, 1, 130_000, "C", 3), (0, 1, 106_000, "P", 3)])
    s.add("strategy_broken_wing", "a butterfly with unequal wings", [eth],
          [(0, 1, 4_200, "P", 10), (0, 1, 4_000, "P", -20), (0, 1, 3_500, "P", 10)])
    s.add("strategy_ladder", "1 long, 1 short, 1 short", [btc],
          [(0, 1, 120_000, "C", 2), (0, 1, 128_000, "C", -2), (0, 1, 136_000, "C", -2)])
    s.add("strategy_double_calendar", "short near, long far, both sides", [btc],
          [(0, 0, 110_000, "P", -2), (0, 2, 110_000, "P", 2), (0, 0, 128_000, "C", -2), (0, 2, 128_000, "C", 2)])
    s.add("strategy_diagonal", "a calendar over two strikes", [eth], [(0, 0, 4_500, "C", -8), (0, 1, 4_200, "C", 8)])
    s.add("strategy_reverse_jelly", "a synthetic long near against a synthetic short far", [btc],
          [(0, 0, 118_000, "C", 2), (0, 0, 118_000, "P", -2), (0, 2, 118_000, "C", -2), (0, 2, 118_000, "P", 2)])
    s.add("strategy_put_backspread", "two far puts paid by a near one", [eth],
          [(0, 1, 4_300, "P", -6), (0, 1, 3_800, "P", 12)])
    s.add("strategy_repeated_series", "a series comes three times and nets", [eth],
          [(0, 1, 4_400, "C", 5), (0, 1, 4_400, "C", -9), (0, 0, 4_400, "P", 1), (0, 1, 4_400, "C", 2),
          (0, 1, 4_400, "P", -3)])
    s.add("strategy_covered_call", "a call covered by the coin itself", [btc], [(0, 1, 130_000, "C", -2)], 0,
          [held("BTC", 2, 118_250.4, of="BTC")])
    s.add("strategy_covered_strangle", "the put side is not covered", [eth],
          [(0, 1, 4_900, "C", -20), (0, 1, 3_700, "P", -20)], 2_000,
          [held("ETH", 20, 4_321.75, 0.28, 0.08, of="ETH")])
    s.add("strategy_collar_cheap", "coin, long put, short call", [market("SOL", 20 * DAY)],
          [(0, 0, 180, "P", 400), (0, 0, 240, "C", -400)], 0, [held("SOL", 400, 207.35, 0.35, 0.1, of="SOL")])


def windows_and_settled(s):
    def window(done, average, secs=None, name="BTC", **more):
        return market(name, expiry(1_800 - done if secs is None else secs, twap_seconds=done, twap_avg=px(average)),
              9 * DAY, **more)

    condor = [(0, 0, 116_000, "P", 2), (0, 0, 117_500, "P", -2), (0, 0, 119_000, "C", -2), (0, 0, 120_500, "C", 2)]
    s.add("window_one_second", "a second of the average is fixed", [window(1, 117_900)], condor)
    s.add("window_half", "half of the average is fixed", [window(900, 117_200)], condor + [(0, 1, 125_000, "C", -1)])
    s.add("window_last_second", "a second of the average is left", [window(1_799, 118_900)], condor)
    s.add("window_complete", "nothing moves any more, nothing recorded yet", [window(1_800, 118_611, 0)], condor)
    s.add("window_above_strikes", "the fixed part alone is above the strike", [window(1_500, 119_000)],
          [(0, 0, 90_000, "C", -1), (0, 0, 95_000, "P", 2), (0, 0, 118_000, "C", 1)])
    s.add("window_late", "expired with a window half covered", [window(840, 118_050, -30)], condor)
    s.add("window_an_hour", "another length of the window", [window(1_200, 4_310, 2_400, "ETH")],
          fly(0, 0, 4_280, 4_320, 4_360, -15), exchange={"window": 3_600})
    settled = [market("ETH", expiry(-400, settled=px(4_402.16)), 12 * DAY)]
    s.add("settled_gain", "recorded, waiting to be paid", settled, [(0, 0, 4_100, "C", 7), (0, 0, 4_500, "P", 3)])
    s.add("settled_loss", "a recorded loss larger than the cash", settled,
          [(0, 0, 4_100, "C", -7), (0, 1, 4_000, "P", 7)], 1_500)
    s.add("settled_beside_live", "recorded and live expiries of two markets",
          [*settled, market("BTC", expiry(-4_000, settled=px(117_003.5)), 2 * DAY)],
          [(0, 0, 4_300, "C", -2), (0, 1, 4_500, "C", -4), (1, 0, 120_000, "P", 1), (1, 1, 121_000, "C", -1),
          (1, 1, 116_000, "P", -1)])
    s.add("expired_unrecorded", "past its expiry without a price", [market("SOL", -7, 5 * DAY)],
          [(0, 0, 200, "C", -90), (0, 0, 215, "P", 40), (0, 1, 210, "C", 30)], 5_000)


def near(s):
    s.add("near_fly_18h", "a short butterfly on its last day", [market("BTC", 18 * HOUR)],
          fly(0, 0, 119_000, 119_750, 120_500, -40))
    s.add("near_fly_30h", "three quarters of the weight", [market("ETH", 30 * HOUR)],
          fly(0, 0, 4_250, 4_300, 4_350, -60, "P"))
    s.add("near_fly_quiet_week", "near by width, not by time", [market("EUR", 7 * DAY)],
          fly(0, 0, 1.08, 1.085, 1.09, -400_000), 9_000)
    s.add("near_condors_two_markets", "own strikes of two markets in one group",
          [market("BTC", 11 * HOUR), market("ETH", 11 * HOUR)],
          fly(0, 0, 117_000, 117_600, 118_200, -30) + [(1, 0, 4_340, "C", -25), (1, 0, 4_360, "C", 50),
                (1, 0, 4_380, "C", -25), (1, 0, 4_100, "P", -10)], 120_000)
    s.add("near_three_expiries", "three near expiries of one market", [market("ETH", 2 * HOUR, 20 * HOUR, 40 * HOUR)],
          fly(0, 0, 4_320, 4_330, 4_340, -30) + fly(0, 1, 4_200, 4_260, 4_320, -20, "P") + [(0, 2, 4_400, "C", -15)],
                30_000)
    s.add("near_es_unheld", "expected shortfall counts a near expiry without legs",
          [market("BTC", 6 * HOUR, 15 * DAY)], [(0, 1, 125_000, "C", -2)], groups={"main": (0.5, "es")})
    s.add("near_collateral", "own strikes beside a linear leg", [market("SOL", 9 * HOUR)],
          fly(0, 0, 205, 208, 211, -800), 3_000, [held("SOL", 120, 207.35, 0.4, 0.05, of="SOL")])
    s.add("near_outside_range", "strikes beyond the price range", [market("BTC", 20 * HOUR)],
          fly(0, 0, 141_000, 142_000, 143_000, -25) + fly(0, 0, 94_000, 95_000, 96_000, -25, "P"))


def groups_and_measures(s):
    four = [market("BTC", 14 * DAY), market("ETH", 14 * DAY), market("SOL", 14 * DAY, group="alts"),
          market("XRP", 14 * DAY, group="alts")]
    legs = [(0, 0, 118_000, "C", -2), (1, 0, 4_300, "P", -40), (1, 0, 4_500, "C", 30), (2, 0, 205, "C", -700),
          (3, 0, 2.8, "P", -40_000), (3, 0, 3.2, "C", -20_000)]
    s.add("groups_two", "groups add", four, legs, 300_000, groups={"alts": (0.35, "worst"), "main": (0.8, "worst")})
    s.add("groups_four", "every market in its own group", [{**m, "group": g} for m, g in zip(four, "abcd")], legs,
          300_000, groups={g: (0.5, "worst") for g in "abcd"})
    s.add("groups_rho_0", "nothing nets", four[:2], legs[:3], 100_000, groups={"main": (0, "worst")})
    s.add("groups_rho_1", "everything nets", four[:2], legs[:3], 100_000, groups={"main": (1, "worst")})
    s.add("groups_mixed_measures", "worst in one group, expected shortfall in the other", four, legs, 300_000,
          groups={"alts": (0.5, "es"), "main": (0.65, "worst")})
    s.add("groups_realised_only", "two markets of three are not netted",
          [four[0], {**four[1], "r_only": True}, {**four[2], "group": "main", "r_only": True}], legs[:4], 200_000)
    s.add("groups_realised_only_es", "not netted, expected shortfall", [{**four[0], "r_only": True}, four[1]],
          legs[:3], 200_000, groups={"main": (0.5, "es")})
    eight = [market(name, (5 + 3 * i) * DAY, group="main" if i % 2 else "other") for i, name in enumerate(MARKETS)]
    rows = [(i, 0, m["spot"] / 1e8 * k, kind, n * 9_000 / (m["spot"] / 1e8)) for i, m in enumerate(eight) for k, kind,
          n in ((1.04, "C", -1), (0.95, "P", 1 - i % 3))]
    s.add("groups_eight_markets", "as many markets as fit", eight,
          [(u, e, float(f"{k:.4g}"), kind, min(float(f"{n:.6g}"), 1e9)) for u, e, k, kind, n in rows if n], 80_000,
          groups={"main": (0.5, "worst"), "other": (0.6, "es")})
    s.add("es_short_strangle", "the mean of the worst four", [market("BTC", 25 * DAY)],
          [(0, 0, 100_000, "P", -3), (0, 0, 140_000, "C", -3)], 90_000, groups={"main": (0.5, "es")})
    s.add("es_far_calls", "the tails rule", [market("XRP", 25 * DAY)], [(0, 0, 9, "C", -300_000)], 90_000,
          groups={"main": (0.5, "es")})


def collateral_and_cash(s):
    sol = market("SOL", 16 * DAY, v_ref=300_000)
    call = [(0, 0, 230, "C", -200)]
    s.add("collateral_haircut_cap", "the haircut reaches its largest value", [sol], call, 3_000,
          [held("SOL", 250, 207.35, 0.5, 0.4, of="SOL")], exchange={"haircut_max": 800_000})
    s.add("collateral_soft_cap", "deposits above the cap count less for IM", [sol], call, 3_000,
          [held("SOL", 90, 207.35, of="SOL", cap=700_000, deposits=1_900_000),
          held("gold", 4, 3_987.2, 0.1, 0, cap=500, deposits=500)])
    s.add("collateral_ema_above", "min(spot, ema) is the spot", [sol], call, 3_000,
          [held("SOL", 90, 207.35, of="SOL", ema=px(231.7))])
    s.add("collateral_conf_all", "z times confidence above the price: worth nothing for IM", [sol], call, 30_000,
          [held("SOL", 90, 207.35, of="SOL", conf=px(140))])
    s.add("collateral_stale", "a stale price widens the confidence", [{**sol, "price_stale": True}], call, 3_000,
          [held("SOL", 90, 207.35, of="SOL", conf=px(3.3))])
    assets = [held(f"coin{i}", 10 + i, 1.7 * 4**i, 0.1 * i + 0.16, 0.03 * i, cap=i * 100,
          deposits=250) for i in range(6)]
    s.add("collateral_eight", "as many assets as fit", [sol, market("BTC", 16 * DAY)],
          [*call, (1, 0, 120_000, "P", -0.4)], -1_500, [*assets, held("SOL", 55, 207.35, of="SOL"),
          held("BTC", 0.21, 118_250.4, of="BTC")])
    s.add("collateral_alone", "no options, yet a listed coin has a scan", [market("SOL", 16 * DAY, v_ref=880_000)],
          [], 0, [held("SOL", 14, 207.35, of="SOL")])
    s.add("cash_alone", "nothing but cash", [], [], 1_234.567891)
    s.add("cash_debt", "debt against an unlisted asset", [], [], -2_000.5, [held("gold", 1.25, 3_987.2, 0.2, 0)])
    s.add("peg_below", "positive cash counts the peg", [sol], call, 42_000, exchange={"peg": 93_120_000})
    s.add("peg_below_debt", "negative cash counts in full", [sol], call, -4_000, [held("gold", 12, 3_987.2, 0.2, 0)],
          exchange={"peg": 93_120_000})
    s.add("peg_above", "a dear quote is still one", [sol], call, 42_000, exchange={"peg": 104_000_000})


def flags_and_add_ons(s):
    def one(**more):
        return [market("ETH", 6 * DAY, 45 * DAY, **more)]

    book = [(0, 0, 4_500, "C", -20), (0, 1, 4_000, "P", -10), (0, 1, 4_800, "C", 5)]
    s.add("flags_vol_stale", "the raised volatility a quarter higher", one(vol_stale=True), book)
    s.add("flags_price_stale", "confidence four times", one(price_stale=True, conf=px(11)), book)
    s.add("flags_both_near", "both, on the last day", [market("ETH", 10 * HOUR, vol_stale=True, price_stale=True)],
          [(0, 0, 4_300, "C", -20), (0, 0, 4_300, "P", -20)])
    s.add("oracle_wide", "confidence of 2 % at z 3", one(conf=px(86.4)), book, exchange={"z": 3_000_000})
    s.add("ema_charged", "short and the price has fallen below its average", one(ema=px(4_760)), book)
    s.add("ema_spared", "the same book when the price has risen", one(ema=px(3_900)), book)
    s.add("ema_charged_long", "long and the price has risen above its average", one(ema=px(3_900)),
          [(0, 1, 4_000, "C", 10)])
    s.add("oi_share_above", "a third of the open interest", one(oi_share=333_000), book)
    s.add("oi_share_below", "less than the free share", one(oi_share=99_000), book)
    s.add("impact_large", "a delta of a tenth of the depth", [market("SOL", 15 * DAY)],
          [(0, 0, 210, "C", -3_000), (0, 0, 200, "P", 1_500)], 250_000)
    s.add("short_minimum_far", "forty far options still cost", [market("BTC", 4 * DAY)],
          [(0, 0, 190_000, "C", -40), (0, 0, 60_000, "P", -25)])
    s.add("rate_high", "r 50 %, forwards above and below", [market("BTC", expiry(300 * DAY, f=430_000),
          expiry(301 * DAY, f=-350_000))], [(0, 0, 150_000, "C", -1), (0, 1, 90_000, "P", -1),
                (0, 1, 100_000, "C", 2)], exchange={"r": 500_000})


def floors(s):
    btc = [market("BTC", 30 * HOUR, 50 * DAY)]
    s.add("floor_box_free", "a long box needs no cash", btc, [(0, 1, 110_000, "C", 1), (0, 1, 120_000, "C", -1),
          (0, 1, 120_000, "P", 1), (0, 1, 110_000, "P", -1)], 0)
    s.add("floor_debit_spreads", "paid in full, twice", btc, [(0, 0, 118_000, "C", 5), (0, 0, 121_000, "C", -5),
          (0, 1, 115_000, "P", 5), (0, 1, 95_000, "P", -5)], 0)
    s.add("floor_fly_long", "a long butterfly on its last day", btc, fly(0, 0, 117_000, 118_000, 119_000, 10), 0)
    s.add("floor_put_secured", "a put with its strike in cash", btc, [(0, 1, 100_000, "P", -1)], 100_500)
    s.add("floor_collateral", "the floor counts a fall of the coin", [market("SOL", 30 * DAY)],
          [(0, 0, 190, "P", 100)], -9_000, [held("SOL", 100, 207.35, 0.25, 0, of="SOL")])
    s.add("floor_window", "the price can no longer fall to zero",
          [market("BTC", expiry(360, twap_seconds=1_440, twap_avg=px(118_400)))], [(0, 0, 120_000, "P", -2)], 51_000)
    s.add("floor_unbounded", "one call too many", btc, [(0, 1, 118_000, "C", 1), (0, 1, 125_000, "C", -1.000001)],
          1_000_000)


def liquidations(s):
    book = [market("ETH", 7 * DAY, 40 * DAY), market("BTC", 7 * DAY)]
    legs = [(0, 0, 4_400, "C", -60), (0, 1, 4_000, "P", -40), (0, 1, 3_600, "P", 40), (1, 0, 112_000, "P", -3)]
    for name, note, cash, t in (
            ("start", "at the flag", 69_000, 0), ("ramp", "on the first ramp", 66_000, 100),
            ("second_ramp", "on the second ramp", 64_000, 610),
            ("hour", "δ is 1: free while equity exceeds MM", 79_000, 3_700),
            ("small_equity", "equity a fifth of MM", 29_500, 75),
            ("under_water", "equity below zero", 9_000, 75), ("dust", "equity below 1,000", 14_853, 0),
            ("between", "above MM, below the exit", 79_750, 30)):
        s.add(f"liquidation_{name}", note, book, legs, cash, t=t)
    s.add("liquidation_impact", "the impact falls with the square", [market("SOL", 15 * DAY)],
          [(0, 0, 210, "C", -9_000), (0, 0, 190, "P", -1_000)], 520_000, t=200)
    s.add("liquidation_collateral", "the coin goes with the book", book, legs, -12_000,
          [held("ETH", 22, 4_321.75, 0.2, 0.02, of="ETH")], t=45)
    s.add("liquidation_peg", "the price counts the peg", book, legs, 66_000, t=240, exchange={"peg": 97_300_000})
    s.add("liquidation_floor", "the floor needs less than the exit", [market("BTC", 60 * DAY)],
          [(0, 0, 170_000, "P", -4), (0, 0, 140_000, "P", 4)], 119_200, t=20, tweak={"deep": {"beta": 60_000}})


def extremes(s):
    s.add("vol_400", "volatility of 400 %", [market("SOL", 3 * DAY, 200 * DAY, vol=4.0)],
          [(0, 0, 210, "C", -50), (0, 1, 100, "P", -50), (0, 1, 900, "C", 20)])
    s.add("vol_above_cap", "V above the largest series volatility", [market("BONK", 3 * DAY, vol=6.5)],
          [(0, 0, 0.00003, "C", -1e9), (0, 0, 0.00001, "P", 1e9)])
    s.add("vol_below_floor", "V below the least series volatility", [market("EUR", 3 * DAY, 90 * DAY, vol=0.02)],
          [(0, 0, 1.08, "P", -200_000), (0, 1, 1.1, "C", -200_000)])
    s.add("vol_star_spike", "V* three times V", [market("BTC", 2 * DAY, 80 * DAY, v_star=q(1.23))],
          [(0, 0, 118_000, "C", -1), (0, 0, 118_000, "P", -1), (0, 1, 118_000, "C", 1)])
    steep = expiry(30 * DAY, b=-50_000, c=15_000), expiry(31 * DAY, b=50_000, c=15_000), expiry(400 * DAY, b=50_000,
          c=0, a=1_400_000)
    s.add("smile_bounds", "skew and curvature at their bounds, the smile clamped", [market("BTC", *steep)],
          [(0, e, k, "C" if k > 118_000 else "P", -1) for e in range(3) for k in (30_000, 80_000, 119_000, 300_000)],
          200_000)
    s.add("price_cheap", "a coin of a 400th of a cent", [market("BONK", 6 * DAY, 44 * DAY)],
          [(0, 0, 0.000026, "C", -4e8), (0, 0, 0.000022, "P", -9e8), (0, 1, 0.00004, "C", 1.1e9)], 9_000)
    s.add("price_dear", "an index of 1.25 million", [market("INDEX", 6 * DAY, 400 * DAY)],
          [(0, 0, 1_300_000, "C", -3), (0, 1, 9_000_000, "C", 100), (0, 1, 1_000_000, "P", -2)], 600_000)
    s.add("prices_far_apart", "a cheap and a dear market in one book",
          [market("BONK", 12 * DAY), market("INDEX", 12 * DAY)],
          [(0, 0, 0.000025, "C", -1e9), (1, 0, 1_240_000, "P", -0.02)], 25_000)
    s.add("qty_smallest", "a millionth of a unit", [market("BTC", 12 * DAY)],
          [(0, 0, 120_000, "C", -0.000001), (0, 0, 110_000, "P", -0.000001)], 1)
    s.add("qty_largest", "eight billion of notional", [market("ETH", 12 * DAY, 100 * DAY)],
          [(0, 0, 4_400, "C", -1_000_000), (0, 1, 4_400, "C", 900_000)], 5e9)
    s.add("qty_mixed", "a large leg beside a tiny one", [market("BTC", 12 * DAY)],
          [(0, 0, 120_000, "C", -40_000), (0, 0, 121_000, "C", 40_000), (0, 0, 100_000, "P", 0.000003)], 5e8)


def random_books(s):
    rng = random.Random(20_251_010)
    sizes = ((4, 8, 64, "worst"), (1, 12, 64, "worst"), (2, 5, 40, "es"), (3, 3, 27, "worst"), (4, 2, 33, "es"),
          (8, 1, 20, "worst"))
    for n, (markets, expiries, count, kind) in enumerate(sizes):
        names = rng.sample(list(MARKETS), markets)
        spread = [HOUR, 15 * HOUR, 2 * DAY, 8 * DAY, 15 * DAY, 29 * DAY, 57 * DAY, 92 * DAY, 180 * DAY, 270 * DAY,
              365 * DAY, 730 * DAY]
        rows = [market(name, *sorted(rng.sample(spread, expiries))) for name in names]
        series, legs = set(), []
        while len(series) < count:
            u, e = len(series) % markets, rng.randrange(expiries)
            spot = rows[u]["spot"] / 1e8
            strike = float(f"{spot * rng.lognormvariate(0, 0.25):.3g}")
            if (u, e, strike) not in series:
                series.add((u, e, strike))
                legs.append((u, e, strike, rng.choice("CP"), float(f"{rng.uniform(-1, 1) * 20_000 / spot:.4g}")))
        s.add(f"random_{markets}u_{expiries}e_{count}l_{n}", "a random book", rows, legs, rng.uniform(0, 2e5),
              groups={"main": (0.5, kind)}, t=rng.randrange(4_000))


def main(argv):
    folder = argv[0] if argv else os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
    s = Cases()
    for part in (single_legs, strategies, windows_and_settled, near, groups_and_measures, collateral_and_cash,
          flags_and_add_ons,
                 floors, liquidations, extremes, random_books):
        part(s)
    s.write(folder)
    missing = sum("expect" not in case for case in s.all.values())
    print(f"{len(s.all)} cases, {missing} without expect")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
