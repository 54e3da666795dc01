//! Why the engine refuses an input. Each reason names what it is about; none is ever a panic.

use core::fmt;

/// A refusal of the engine. Indices count from 0 in the order the caller gave things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskError {
    /// A parameter of the market or the exchange is outside its hard bound; the field is named.
    Parameter(&'static str),
    /// A price, EMA or strike is zero or above [`crate::bounds::PRICE_MAX_E8`]; the field is named.
    Price(&'static str),
    /// The volatility V or V* is zero, above its bound, or V* is below V.
    Volatility,
    /// A time to expiry is beyond [`crate::bounds::EXPIRY_SECS_MAX`], or a settled expiry still has time left.
    Time,
    /// More lines than [`crate::bounds::LINES_MAX`].
    TooManyLines,
    /// More underlyings than [`crate::bounds::UNDERLYINGS_MAX`].
    TooManyUnderlyings,
    /// More expiries of one underlying than [`crate::bounds::EXPIRIES_MAX`].
    TooManyExpiries,
    /// Expiries are not ascending in time, or lines not ascending in (expiry, strike).
    Unsorted,
    /// A line names an expiry that was not given.
    UnknownExpiry,
    /// A quantity above [`crate::bounds::QTY_MAX_E6`].
    Quantity,
    /// The book's gross notional or the cash is above [`crate::bounds::MONEY_MAX_E6`].
    TooLarge,
    /// A collateral names an underlying that is not in the book.
    UnknownUnderlying,
    /// A correlation group index is out of range.
    UnknownGroup,
}

impl fmt::Display for RiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(field) => write!(f, "parameter {field} is outside its bound"),
            Self::Price(field) => write!(f, "price {field} is zero or above the largest price"),
            Self::Volatility => f.write_str("volatility is zero, above its bound, or V* is below V"),
            Self::Time => f.write_str("time to expiry is out of range"),
            Self::TooManyLines => f.write_str("the book has more lines than fit"),
            Self::TooManyUnderlyings => f.write_str("the book has more underlyings than fit"),
            Self::TooManyExpiries => f.write_str("an underlying has more expiries than fit"),
            Self::Unsorted => f.write_str("expiries or lines are not in ascending order"),
            Self::UnknownExpiry => f.write_str("a line names an expiry that was not given"),
            Self::Quantity => f.write_str("a quantity is above its bound"),
            Self::TooLarge => f.write_str("the book is larger than the engine's money range"),
            Self::UnknownUnderlying => {
                f.write_str("a collateral names an underlying that is not in the book")
            }
            Self::UnknownGroup => f.write_str("a correlation group index is out of range"),
        }
    }
}

impl core::error::Error for RiskError {}
