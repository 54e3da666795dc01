//! Every kind of bad input is refused with its own reason: a valid book in which one thing is wrong, at the bound and one
//! beyond it.

use crate::books::defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};
use crate::books::{Book, Holding, Market};
use ballast_risk::bounds::{
    ATM_MAX_E6, ATM_MIN_E6, COLLATERALS_MAX, CURVATURE_MAX_E6, DAY_SECS, EXPIRIES_MAX, EXPIRY_SECS_MAX,
    LINES_MAX, MONEY_MAX_E6, ONE_E6, PRICE_MAX_E8, QTY_MAX_E6, RATE_MAX_E6, SKEW_MAX_E6, UNDERLYINGS_MAX,
    VOL_MAX_E6,
};
use ballast_risk::series::quote;
use ballast_risk::RiskError::{
    self, Parameter, Price, Quantity, Time, TooLarge, TooManyExpiries, TooManyLines, TooManyUnderlyings,
    UnknownExpiry, UnknownGroup, UnknownUnderlying, Unsorted, Volatility,
};
use ballast_risk::{CollateralInput, ExpiryInput, LineInput, Strike, UnderlyingInput};

const USD_E8: u64 = 100_000_000;

/// A call and a put of two expiries, cash, one balance: nothing is wrong with it.
fn sound() -> Book {
    let market = Market {
        params: PARAMS,
        state: underlying(&PARAMS, 100 * USD_E8, 600_000),
        expiries: vec![flat_expiry(DAY_SECS), flat_expiry(30 * DAY_SECS)],
    };
    let line = |expiry, usd| LineInput {
        expiry,
        strike: Strike::new(usd * USD_E8),
        calls_e6: 2_000_000,
        puts_e6: -1_000_000,
    };
    let coin = CollateralInput {
        amount: 1_000_000,
        decimals: 6,
        price_e8: USD_E8,
        ema_e8: USD_E8,
        ..CollateralInput::default()
    };
    let holdings = vec![Holding { market, lines: vec![line(0, 100), line(1, 90), line(1, 110)] }];
    Book { exchange: EXCHANGE, holdings, collateral: vec![coin], cash_e6: 1_000_000_000 }
}

/// What the engine says of the book with one change.
fn refusal(change: impl Fn(&mut Book)) -> Option<RiskError> {
    let mut book = sound();
    change(&mut book);
    book.assess().err()
}

/// What it says with a change of the market's state, of its second expiry, of its last line, of the balance.
fn of_state(change: impl Fn(&mut UnderlyingInput)) -> Option<RiskError> {
    refusal(|book| change(&mut book.holdings[0].market.state))
}

fn of_expiry(change: impl Fn(&mut ExpiryInput)) -> Option<RiskError> {
    refusal(|book| change(&mut book.holdings[0].market.expiries[1]))
}

fn of_line(change: impl Fn(&mut LineInput)) -> Option<RiskError> {
    refusal(|book| change(&mut book.holdings[0].lines[2]))
}

fn of_coin(change: impl Fn(&mut CollateralInput)) -> Option<RiskError> {
    refusal(|book| change(&mut book.collateral[0]))
}

/// Goal: the tests below change something that was right. Method: the book as it is.
#[test]
fn a_sound_book_is_accepted() {
    assert_eq!(refusal(|_| ()), None);
}

/// Goal: σ = 0, σ above its bound and V* below V are refused as volatility. Method: bound and one beyond.
#[test]
fn volatility_out_of_range() {
    let of = |vol_e6, vol_margin_e6| of_state(|u| (u.vol_e6, u.vol_margin_e6) = (vol_e6, vol_margin_e6));
    assert_eq!(of(0, 0), Some(Volatility));
    assert_eq!(of(0, 600_000), Some(Volatility));
    assert_eq!(of(-1, 600_000), Some(Volatility));
    assert_eq!(of(1, 1), None);
    assert_eq!(of(600_000, 599_999), Some(Volatility));
    assert_eq!(of(VOL_MAX_E6, VOL_MAX_E6), None);
    assert_eq!(of(600_000, VOL_MAX_E6 + 1), Some(Volatility));
    assert_eq!(of_state(|u| u.vol_ref_e6 = 0), Some(Parameter("vol_ref_e6")));
}

/// Goal: prices of zero or beyond the largest are refused by name: spot, average, confidence, strike, settlement. Method:
/// bound and one beyond.
#[test]
fn prices_out_of_range() {
    for price_e8 in [0, PRICE_MAX_E8 + 1, u64::MAX] {
        assert_eq!(of_state(|u| u.spot_e8 = price_e8), Some(Price("spot_e8")));
        assert_eq!(of_state(|u| u.ema_e8 = price_e8), Some(Price("ema_e8")));
        assert_eq!(of_line(|l| l.strike.price_e8 = price_e8), Some(expected_of_strike(price_e8)));
        assert_eq!(of_coin(|c| c.price_e8 = price_e8), Some(Price("collateral.price_e8")));
        assert_eq!(of_coin(|c| c.ema_e8 = price_e8), Some(Price("collateral.ema_e8")));
        assert_eq!(
            of_expiry(|e| (e.averaged_secs, e.average_e8) = (1, price_e8)),
            Some(Price("expiry.average_e8"))
        );
    }
    let beyond = PRICE_MAX_E8 + 1;
    assert_eq!(of_state(|u| u.conf_e8 = beyond), Some(Price("conf_e8")));
    assert_eq!(of_state(|u| u.conf_e8 = PRICE_MAX_E8), None);
    assert_eq!(of_coin(|c| c.conf_e8 = beyond), Some(Price("collateral.conf_e8")));
    assert_eq!(refusal(|book| book.exchange.peg_e8 = 0), Some(Price("peg_e8")));
    let settled = |settled_e8| {
        refusal(|book| {
            let expiries = &mut book.holdings[0].market.expiries;
            (expiries[0].secs_left, expiries[0].settled_e8) = (0, settled_e8);
        })
    };
    assert_eq!((settled(PRICE_MAX_E8), settled(beyond)), (None, Some(Price("expiry.settled_e8"))));
}

/// A last strike of zero comes before the strike before it; that is found first.
fn expected_of_strike(price_e8: u64) -> RiskError {
    if price_e8 == 0 {
        Unsorted
    } else {
        Price("strike.price_e8")
    }
}

/// Goal: K = 0, K beyond the largest price, and a logarithm that no price has are refused as the strike's. Method: the only
/// line of a book, so that no order is broken; a quote of the same series.
#[test]
fn strikes_out_of_range() {
    let bad = [
        Strike::new(0),
        Strike::new(PRICE_MAX_E8 + 1),
        Strike { price_e8: USD_E8, ln_q40: -1 },
        Strike { price_e8: USD_E8, ln_q40: i64::MAX },
    ];
    for strike in bad {
        let alone = refusal(|book| {
            book.holdings[0].lines.truncate(1);
            book.holdings[0].lines[0].strike = strike;
        });
        assert_eq!(alone, Some(Price("strike.price_e8")), "{strike:?}");
        let input = underlying(&PARAMS, 100 * USD_E8, 600_000);
        let quoted = quote(&EXCHANGE, &input, &flat_expiry(DAY_SECS), Some(strike));
        assert_eq!(quoted.err(), Some(Price("strike.price_e8")), "{strike:?}");
    }
    assert_eq!(of_line(|l| l.strike = Strike::new(PRICE_MAX_E8)), None);
}

/// Goal: times are refused as such: beyond the longest, or a recorded price with time left. T < 0 is no error but an expiry
/// that has passed: its lines are worth their payoffs. Method: bounds; a book a second and a year past its expiries.
#[test]
fn times_out_of_range() {
    assert_eq!(of_expiry(|e| e.secs_left = EXPIRY_SECS_MAX), None);
    assert_eq!(of_expiry(|e| e.secs_left = EXPIRY_SECS_MAX + 1), Some(Time));
    assert_eq!(of_expiry(|e| e.secs_left = i64::MAX), Some(Time));
    assert_eq!(of_expiry(|e| e.settled_e8 = USD_E8), Some(Time));
    let past = |secs_left| {
        let mut book = sound();
        book.holdings[0].market.expiries.iter_mut().for_each(|e| e.secs_left = secs_left);
        // Of 2 calls and −1 put at 90, 100 and 110 with the price at 100.
        book.margin().options_e6
    };
    assert_eq!([past(-1), past(-365 * DAY_SECS), past(i64::MIN)], [10_000_000; 3]);
}

/// Goal: more lines, underlyings, expiries or balances than fit are refused as what they are. Method: exactly as many as fit,
/// and one more.
#[test]
fn more_than_fits() {
    let lines = |count: usize| {
        refusal(|book| {
            let line =
                |i| LineInput { strike: Strike::new((i as u64 + 1) * USD_E8), ..book.holdings[0].lines[0] };
            book.holdings[0].lines = (0..count).map(line).collect();
        })
    };
    assert_eq!((lines(LINES_MAX), lines(LINES_MAX + 1)), (None, Some(TooManyLines)));
    let underlyings = |count| {
        refusal(|book| {
            let empty = Holding { lines: Vec::new(), ..book.holdings[0].clone() };
            book.holdings.resize(count, empty);
        })
    };
    assert_eq!(underlyings(UNDERLYINGS_MAX), None);
    assert_eq!(underlyings(UNDERLYINGS_MAX + 1), Some(TooManyUnderlyings));
    let over_two = refusal(|book| {
        let line = |i: u64| LineInput { strike: Strike::new((i + 1) * USD_E8), ..book.holdings[0].lines[0] };
        book.holdings[0].lines = (0..40).map(line).collect();
        book.holdings.push(book.holdings[0].clone());
    });
    assert_eq!(over_two, Some(TooManyLines), "80 lines over two underlyings");
    let expiries = |count| {
        refusal(|book| {
            book.holdings[0].market.expiries = (1..=count).map(|n| flat_expiry(n * DAY_SECS)).collect()
        })
    };
    assert_eq!(expiries(EXPIRIES_MAX as i64), None);
    assert_eq!(expiries(EXPIRIES_MAX as i64 + 1), Some(TooManyExpiries));
    let coins = |count| refusal(|book| book.collateral.resize(count, book.collateral[0]));
    assert_eq!((coins(COLLATERALS_MAX), coins(COLLATERALS_MAX + 1)), (None, Some(TooLarge)));
}

/// Goal: expiries out of order, lines out of order or twice, and lines or collateral of what is not there, each by its own
/// name. Method: swapped, repeated, one index too far.
#[test]
fn order_and_references() {
    assert_eq!(refusal(|book| book.holdings[0].market.expiries.swap(0, 1)), Some(Unsorted));
    assert_eq!(refusal(|book| book.holdings[0].lines.swap(1, 2)), Some(Unsorted));
    assert_eq!(refusal(|book| book.holdings[0].lines.swap(0, 1)), Some(Unsorted));
    assert_eq!(refusal(|book| book.holdings[0].lines[2] = book.holdings[0].lines[1]), Some(Unsorted));
    assert_eq!(of_line(|l| l.expiry = 2), Some(UnknownExpiry));
    assert_eq!(of_line(|l| l.expiry = u8::MAX), Some(UnknownExpiry));
    assert_eq!(
        (of_coin(|c| c.underlying = Some(0)), of_coin(|c| c.underlying = Some(1))),
        (None, Some(UnknownUnderlying))
    );
    assert_eq!((of_state(|u| u.group = 3), of_state(|u| u.group = 4)), (None, Some(UnknownGroup)));
}

/// Goal: quantities, cash and notionals beyond the money range are refused. Method: bound and one beyond.
#[test]
fn amounts_out_of_range() {
    let most = QTY_MAX_E6.cast_signed();
    for qty_e6 in [most + 1, -most - 1, i64::MIN, i64::MAX] {
        assert_eq!(of_line(|l| l.calls_e6 = qty_e6), Some(Quantity));
        assert_eq!(of_line(|l| l.puts_e6 = qty_e6), Some(Quantity));
    }
    assert_eq!(of_line(|l| l.calls_e6 = most), Some(TooLarge), "a billion units at 100");
    for sign in [1, -1] {
        assert_eq!(refusal(|book| book.cash_e6 = sign * MONEY_MAX_E6), None);
        assert_eq!(refusal(|book| book.cash_e6 = sign * (MONEY_MAX_E6 + 1)), Some(TooLarge));
    }
}

/// Goal: parameters of an expiry, a market, the exchange and a balance outside their bounds are refused by name. Method:
/// bound and one beyond.
#[test]
fn parameters_out_of_range() {
    let surface = |change: fn(&mut ExpiryInput, i64), low, high, name| {
        for (inside, outside) in [(low, low - 1), (high, high + 1)] {
            assert_eq!(of_expiry(|e| change(e, inside)), None, "{name} {inside}");
            assert_eq!(of_expiry(|e| change(e, outside)), Some(Parameter(name)), "{outside}");
        }
    };
    surface(|e, x| e.atm_e6 = x, ATM_MIN_E6, ATM_MAX_E6, "expiry.atm_e6");
    surface(|e, x| e.skew_e6 = x, -SKEW_MAX_E6, SKEW_MAX_E6, "expiry.skew_e6");
    surface(|e, x| e.curvature_e6 = x, 0, CURVATURE_MAX_E6, "expiry.curvature_e6");
    surface(|e, x| e.basis_e6 = x, -RATE_MAX_E6, RATE_MAX_E6, "expiry.basis_e6");
    let averaged = |secs| of_expiry(|e| (e.averaged_secs, e.average_e8) = (secs, USD_E8));
    assert_eq!(averaged(1_800), None);
    assert_eq!((averaged(1_801), averaged(-1)), (Some(Parameter("expiry.averaged_secs")), averaged(1_801)));
    assert_eq!(of_state(|u| u.oi_share_e6 = ONE_E6 + 1), Some(Parameter("oi_share_e6")));
    let kappa = refusal(|book| book.holdings[0].market.params.kappa_e6 = 0);
    assert_eq!(kappa, Some(Parameter("kappa_e6")));
    assert_eq!(refusal(|book| book.exchange.window_secs = 0), Some(Parameter("window_secs")));
    assert_eq!(of_coin(|c| c.decimals = 19), Some(Parameter("collateral.decimals")));
    assert_eq!(of_coin(|c| c.haircut_e6 = ONE_E6 + 1), Some(Parameter("collateral.haircut_e6")));
}

/// Goal: every reason reads differently. Method: one of each kind.
#[test]
fn reasons_read_apart() {
    let all = [
        Parameter("kappa_e6"),
        Price("spot_e8"),
        Volatility,
        Time,
        TooManyLines,
        TooManyUnderlyings,
        TooManyExpiries,
        Unsorted,
        UnknownExpiry,
        Quantity,
        TooLarge,
        UnknownUnderlying,
        UnknownGroup,
    ];
    let mut texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all.len());
}

/// Goal: recorded payoffs beyond the money range are refused, also where two of them cancel. Method: a call that is short by
/// more than 64 bits of money at its settlement price and one that is long by as much.
#[test]
fn settled_values_beyond_the_money_range() {
    let refused = refusal(|book| {
        let h = &mut book.holdings[0];
        h.market.state = underlying(&PARAMS, 2, 600_000);
        (h.market.expiries[0].secs_left, h.market.expiries[0].settled_e8) = (0, PRICE_MAX_E8 / 2);
        let call =
            |price_e8, calls_e6| LineInput { expiry: 0, strike: Strike::new(price_e8), calls_e6, puts_e6: 0 };
        h.lines = vec![call(1, -2_199_023_255_552), call(2, 4 * 2_199_023_255_552)];
    });
    assert_eq!(refused, Some(TooLarge));
}
