//! Numbers in the program's scales as people write them.

use ballast_risk::{bounds::DAY_SECS, NO_FLOOR_E6};

/// Digits of the 1e-6 scale.
const E6_DIGITS: u32 = 6;
/// Digits of the 1e-8 scale.
const E8_DIGITS: u32 = 8;

/// Money, 1e-6 quote: to the cent, with six digits below a cent.
#[must_use]
pub fn money(value_e6: i64) -> String {
    if value_e6 == NO_FLOOR_E6 {
        return "unbounded".to_owned();
    }
    let tiny = value_e6 != 0 && value_e6.unsigned_abs() < 10_000;
    fixed(i128::from(value_e6), E6_DIGITS, if tiny { 6 } else { 2 })
}

/// Money, 1e-6 quote, with as many digits as suit a table whose largest number this is.
#[must_use]
pub fn money_beside(value_e6: i64, largest_e6: i64) -> String {
    const THOUSAND_E6: u64 = 1_000_000_000;
    const ONE_E6: u64 = 1_000_000;
    let digits = match largest_e6.unsigned_abs() {
        size if size >= THOUSAND_E6 => 0,
        size if size >= ONE_E6 => 2,
        _ => E6_DIGITS,
    };
    fixed(i128::from(value_e6), E6_DIGITS, digits)
}

/// Money, 1e-6 quote, in whole quote.
#[cfg(any(feature = "embedded", test))]
#[must_use]
pub fn money_whole(value_e6: i64) -> String {
    if value_e6 == NO_FLOOR_E6 {
        return money(value_e6);
    }
    fixed(i128::from(value_e6), E6_DIGITS, 0)
}

/// Base units of a token, with every decimal it has.
#[cfg(any(feature = "embedded", test))]
#[must_use]
pub fn base_units(amount: i128, decimals: u8) -> String {
    fixed(amount, u32::from(decimals), u32::from(decimals))
}

/// A price, 1e-8 quote: to the cent, with all digits below ten quote.
#[must_use]
pub fn price(value_e8: u64) -> String {
    const TEN_E8: u64 = 1_000_000_000;
    if value_e8 < TEN_E8 {
        return trimmed(fixed(i128::from(value_e8), E8_DIGITS, E8_DIGITS));
    }
    trimmed(fixed(i128::from(value_e8), E8_DIGITS, 2))
}

/// A quantity, 1e-6 unit: as many digits as it has.
#[must_use]
pub fn quantity(value_e6: i64) -> String {
    trimmed(fixed(i128::from(value_e6), E6_DIGITS, E6_DIGITS))
}

/// A ratio, 1e-6, in percent with at most one digit.
#[must_use]
pub fn percent(value_e6: i64) -> String {
    trimmed(fixed(i128::from(value_e6), 4, 1)) + " %"
}

/// As [`percent`], with two digits always: volatilities.
#[must_use]
pub fn percent_fine(value_e6: i64) -> String {
    fixed(i128::from(value_e6), 4, 2) + " %"
}

/// A fraction, 1e-9, in percent with two digits.
#[must_use]
pub fn fraction(value_e9: u64) -> String {
    fixed(i128::from(value_e9), 7, 2) + " %"
}

/// A whole number with its thousands apart.
#[cfg(any(feature = "embedded", test))]
#[must_use]
pub fn count(value: u64) -> String {
    fixed(i128::from(value), 0, 0)
}

/// A span of time in the largest unit that says enough: `29 d`, `12.5 h`, `45 min`, `30 s`.
#[must_use]
pub fn span(secs: i64) -> String {
    let (unit, name) = match secs.abs() {
        size if size >= 2 * DAY_SECS => (DAY_SECS, "d"),
        size if size >= 7_200 => (3_600, "h"),
        size if size >= 120 => (60, "min"),
        _ => (1, "s"),
    };
    let tenths = i128::from(secs) * 10 / i128::from(unit);
    format!("{} {name}", trimmed(fixed(tenths, 1, 1)))
}

/// A price at 1e-14 quote, to the cent or with six digits below a cent.
#[must_use]
pub fn price_e14(value_e14: i128) -> String {
    money(i64::try_from(rounded(value_e14, 100_000_000)).unwrap_or(i64::MAX))
}

/// A binary fraction `value·2^-bits` with so many digits.
#[must_use]
pub fn binary(value: i64, bits: u32, digits: u32) -> String {
    fixed(rounded(i128::from(value) * 10i128.pow(digits), 1i128 << bits), digits, digits)
}

/// A binary fraction `value·2^-bits` at 1e-6, to the nearest.
#[must_use]
pub fn binary_e6(value: i64, bits: u32) -> i64 {
    i64::try_from(rounded(i128::from(value) * 1_000_000, 1i128 << bits)).unwrap_or(i64::MAX)
}

/// `value·10^-scale` with `digits` digits behind the point and thousands apart, to the nearest.
fn fixed(value: i128, scale: u32, digits: u32) -> String {
    let shown = rounded(value, 10i128.pow(scale.saturating_sub(digits)));
    let one = 10u128.pow(digits);
    let (whole, part) = (shown.unsigned_abs() / one, shown.unsigned_abs() % one);
    let sign = if shown < 0 { "-" } else { "" };
    let whole = grouped(&whole.to_string());
    if digits == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{part:0width$}", width = digits as usize)
}

fn rounded(value: i128, divisor: i128) -> i128 {
    let half = divisor / 2;
    if value < 0 {
        -((-value + half) / divisor)
    } else {
        (value + half) / divisor
    }
}

/// Commas between the thousands.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Without zeros at the end.
fn trimmed(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every scale reads as people write it, and rounding is to the nearest on both sides of zero. Method: one
    /// number each.
    #[test]
    fn numbers_read_well() {
        assert_eq!(money(1_234_567_894_999), "1,234,567.89");
        assert_eq!(money(-5_000_000), "-5.00");
        assert_eq!((money(9_999), money(0)), ("0.009999".to_owned(), "0.00".to_owned()));
        assert_eq!(money(NO_FLOOR_E6), "unbounded");
        let beside = |largest| money_beside(-2_345_678, largest);
        let expected = ["-2", "-2.35", "-2.345678"];
        assert_eq!([beside(5_000_000_000), beside(-5_000_000), beside(5)], expected);
        assert_eq!((money_whole(-1_600_000), base_units(5, 9)), ("-2".to_owned(), "0.000000005".to_owned()));
        assert_eq!(
            (price(11_666_150_000_000), price(12_345)),
            ("116,661.5".to_owned(), "0.00012345".to_owned())
        );
        assert_eq!((quantity(-2_500_000), quantity(1)), ("-2.5".to_owned(), "0.000001".to_owned()));
        assert_eq!((percent(160_000), percent(-164_960)), ("16 %".to_owned(), "-16.5 %".to_owned()));
        assert_eq!(
            (percent_fine(397_300), fraction(123_456_789)),
            ("39.73 %".to_owned(), "12.35 %".to_owned())
        );
        assert_eq!(
            (span(2_505_600), span(45_000), span(59)),
            ("29 d".to_owned(), "12.5 h".to_owned(), "59 s".to_owned())
        );
        assert_eq!((binary(-1 << 27, 28, 3), binary_e6(1 << 29, 30)), ("-0.500".to_owned(), 500_000));
        assert_eq!(
            (price_e14(171_294_983_700_000_000), count(1_161_238)),
            ("1,712.95".to_owned(), "1,161,238".to_owned())
        );
    }
}
