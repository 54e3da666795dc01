//! Every limit of the engine in one place, with the overflow each prevents.
//!
//! Scales: prices 1e-8 quote per unit (`_e8`), quantities 1e-6 unit (`_e6`), money 1e-6 quote (`_e6`), ratios,
//! volatilities and rates 1e-6 (`_e6`), binary fractions `_qN` = value·2^N.

/// One in every `_e6` scale.
pub const ONE_E6: i64 = 1_000_000;
/// One quote unit per unit in the price scale.
pub const ONE_E8: i64 = 100_000_000;
/// Seconds in a year of 365 days, the year of every annualised figure.
pub const YEAR_SECS: i64 = 31_536_000;
/// Seconds in a day.
pub const DAY_SECS: i64 = 86_400;

/// Option lines (a strike of an expiry, calls and puts together) in one portfolio.
pub const LINES_MAX: usize = 64;
/// Underlyings in one portfolio.
pub const UNDERLYINGS_MAX: usize = 8;
/// Expiries of one underlying.
pub const EXPIRIES_MAX: usize = 12;
/// Collateral assets in one portfolio.
pub const COLLATERALS_MAX: usize = 8;
/// Correlation groups of an exchange.
pub const GROUPS_MAX: usize = 4;

/// Largest price or strike, 1e-8 quote: about 11 million quote. Keeps a price normalised to 48 bits exact to 2^-44.
pub const PRICE_MAX_E8: u64 = 1 << 50;
/// Largest quantity of one line, 1e-6 unit: about 1.1 billion units.
pub const QTY_MAX_E6: u64 = 1 << 50;
/// Largest gross notional of a book, largest single collateral value and largest cash, 1e-6 quote: 72 billion quote.
/// A tail scenario multiplies it by six and eight underlyings add up: 2^56 · 6 · 8 < 2^62.
pub const MONEY_MAX_E6: i64 = 1 << 56;
/// Largest gross notional, at the greater of spot and strike, of a book that takes on risk, 1e-6 quote: 4.5 billion
/// quote. From there spots and forwards can rise ten times before the book is beyond the block's range.
pub const ENTRY_MAX_E6: i64 = MONEY_MAX_E6 >> 4;
/// Longest time to expiry: 2^27 seconds, 4.25 years. Keeps T·2^36 inside 63 bits.
pub const EXPIRY_SECS_MAX: i64 = 1 << 27;
/// Largest volatility that may enter, 1e-6: 1,000 %.
pub const VOL_MAX_E6: i64 = 10_000_000;
/// Largest rate or basis a year, 1e-6: ±100 %. With [`EXPIRY_SECS_MAX`] a forward is at most e^4.26 = 71 times spot.
pub const RATE_MAX_E6: i64 = 1_000_000;
/// Largest skew, 1e-6: beyond it verticals can turn negative.
pub const SKEW_MAX_E6: i64 = 50_000;
/// Largest curvature, 1e-6: beyond it butterflies can turn negative.
pub const CURVATURE_MAX_E6: i64 = 15_000;
/// ATM ratio bounds, 1e-6.
pub const ATM_MIN_E6: i64 = 200_000;
/// Upper ATM ratio bound, 1e-6.
pub const ATM_MAX_E6: i64 = 5_000_000;

const _: () = assert!((MONEY_MAX_E6 as i128) * 6 * (UNDERLYINGS_MAX as i128) < (1 << 62));
const _: () =
    assert!((ENTRY_MAX_E6 as i128) * 10 < (1i128 << (33 + 49)) / 100_000_000, "the range of `Block::fix`");
const _: () = assert!(LINES_MAX <= 64, "own strikes and block sums are proved for 64 lines");
