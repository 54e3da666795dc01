//! Times as the story tells them. Every time of the demo is in October 2025.

use super::market::START;

/// Days of the week from the first of October 2025, a Wednesday.
const WEEKDAYS: [&str; 7] = ["Wed", "Thu", "Fri", "Sat", "Sun", "Mon", "Tue"];
const DAY_SECS: i64 = 86_400;
/// 1 October 2025, 00:00 UTC.
const FIRST: i64 = START - START % DAY_SECS - 9 * DAY_SECS;

struct Date {
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Date {
    const fn of(time: i64) -> Self {
        let (days, rest) = ((time - FIRST).div_euclid(DAY_SECS), (time - FIRST).rem_euclid(DAY_SECS));
        Self { day: days + 1, hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60 }
    }
}

/// `Fri 20:55:00`.
#[must_use]
pub fn clock(time: i64) -> String {
    let date = Date::of(time);
    let weekday = usize::try_from((date.day - 1).rem_euclid(7)).map_or("", |day| WEEKDAYS[day]);
    format!("{weekday} {:02}:{:02}:{:02}", date.hour, date.minute, date.second)
}

/// `2025-10-10T20:55:00Z`.
#[must_use]
pub fn iso(time: i64) -> String {
    let Date { day, hour, minute, second } = Date::of(time);
    format!("2025-10-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::super::market::{FAR, NEAR};
    use super::*;

    /// Goal: times read right. Method: the story's own.
    #[test]
    fn times_read_right() {
        assert_eq!(
            (clock(START), iso(START)),
            ("Fri 20:00:00".to_owned(), "2025-10-10T20:00:00Z".to_owned())
        );
        assert_eq!((clock(NEAR), clock(FAR + 61)), ("Mon 08:00:00".to_owned(), "Fri 08:01:01".to_owned()));
    }
}
