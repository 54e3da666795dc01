//! The program's refusals by number: what a failed transaction's `Custom(6073)` means.

use ballast::error::BallastError;
use core::fmt;

/// The number of the program's first refusal.
pub const FIRST: u32 = 6_000;

/// A refusal: number, name and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Number as the transaction's error carries it.
    pub number: u32,
    /// Name in the program's error enum.
    pub name: String,
    /// What was refused and why.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name, self.number, self.message)
    }
}

impl From<BallastError> for Refusal {
    fn from(error: BallastError) -> Self {
        Self { number: error.into(), name: error.name(), message: error.to_string() }
    }
}

impl std::error::Error for Refusal {}

impl From<anchor_lang::error::Error> for Refusal {
    fn from(error: anchor_lang::error::Error) -> Self {
        use anchor_lang::error::Error;
        match error {
            Error::AnchorError(error) => {
                Self { number: error.error_code_number, name: error.error_name, message: error.error_msg }
            }
            Error::ProgramError(error) => {
                Self { number: 0, name: "ProgramError".to_owned(), message: error.program_error.to_string() }
            }
        }
    }
}

/// Lists every error of the program in its order. A variant missing here does not compile.
macro_rules! list {
    ($($name:ident,)+) => {
        /// Every error of the program; the one of number `6000 + n` is at index `n`.
        pub const ALL: &[BallastError] = &[$(BallastError::$name),+];

        const fn is_listed(error: BallastError) -> bool {
            match error {
                $(BallastError::$name => true,)+
            }
        }
    };
}

list! {
    NotAdmin, NotRiskAuthority, NotGuardian, NotOwner, NotOwnerOrDelegate, NotPublisher, GateClosed,
    NotUpgradeAuthority, AccountMissing, AccountExtra, WrongMarket, MarketNotWritable, AliasedAccounts,
    WrongVault, WrongMint, WrongTokenProgram, WrongVolatilityFeed, OracleWrongOwner, OracleMalformed,
    OracleNotFullyVerified, OracleWrongFeed, OraclePriceNotPositive, OracleExponent, OracleOutOfRange,
    OracleEmaNotPositive, OracleFuture, OracleNotMonotonic, OracleStale, OracleTooOld,
    OracleConfidenceWide, OracleConfidenceUnusable, OracleGapWide, OracleGapUnusable, VolatilityStale,
    ParameterOutOfBounds, QuoteDecimals, CollateralDecimals, MintTransferHook, MintConfidential,
    MintNonTransferable, MintPermanentDelegate, MintDefaultFrozen, MintPausable, MintCloseable,
    MintExtensionUnknown, MintAlreadyListed, TooManyCollaterals, TooManyMarkets, FeedInUse, MarketSymbol,
    TooManyExpiries, ExpiryTime, ExpiryAlreadyListed, ExpiryNotListed, StrikeNotListed, StrikePrice,
    StrikeAlreadyListed, TooManyStrikes, Expired, Publishers, ZeroAmount, Frozen, NotEmpty,
    PortfolioMode, IsolatedMarket, DelegateLapse, NewCollateralByStranger, DepositCap, NothingReceived,
    InsufficientBalance, OutflowLimit, ShortfallOpen, CashBelowZero, InitialMargin, TooManyLines,
    TooManyUnderlyings, QuantityTooLarge, LineMismatch, Overflow, VaultBelowClaims, NoFees, LegCount,
    ZeroQuantity, DuplicateLeg, SelfTrade, SeriesCap, OpenInterestCap, PriceLimit, Sequence,
    MakerInitialMargin, TakerInitialMargin, VolatilityRange, VolatilityLate, VolatilityFuture,
    VolatilityMove, VolatilityTooSoon, VolatilityConfidence, Healthy, AlreadyFlagged, NotFlagged,
    SliceFraction, SelfLiquidation, LiquidatorInitialMargin, SlicePriceLimit, SliceWorsens,
    InsuranceEmpty, ExitNotReached, LiquidationPhase, NoDebt, ConvertAmount, ConvertWorsens,
    OutsideWindow, SampleNotNewer, NotExpired, NotFirstPrice, AlreadySettled, NotSettled,
    SettlementTooEarly, SettlementNoSamples, NothingToSettle, EngineParameter, EnginePrice,
    EngineVolatility, EngineTime, EngineBook, EngineQuantity, EngineTooLarge, EngineUnknown,
    DeadlinePassed, SettlementHasAverage, ConvertPriceLimit, StakeTooSmall, InsufficientShares,
    CooldownRunning, CooldownLapsed, AssetsLeft, NoShortfall, SettlementsOpen, NothingToShare, NoLossDue,
    LegNotFirst, BookUnderWater, LegWorsens, BeyondExit, TooManyLegs, ShortfallTooSmall, PauseSpent,
    BookTooLarge,
}

const _: () = assert!(is_listed(BallastError::NotAdmin));

/// The program's error of a number.
#[must_use]
pub fn of_number(number: u32) -> Option<BallastError> {
    ALL.get(usize::try_from(number.checked_sub(FIRST)?).ok()?).copied()
}

/// What a number means: a refusal of the program, by name and message.
///
/// ```
/// let refusal = ballast_sdk::error::describe(6000).unwrap();
/// assert_eq!(refusal.name, "NotAdmin");
/// ```
#[must_use]
pub fn describe(number: u32) -> Option<Refusal> {
    of_number(number).map(Refusal::from)
}

/// The refusal that a failed transaction's logs tell of, Anchor's own (numbers under 6000) included.
///
/// Anchor logs a line `AnchorError … Error Code: NAME. Error Number: N. Error Message: TEXT.`; the last one counts.
#[must_use]
pub fn from_logs<S: AsRef<str>>(logs: &[S]) -> Option<Refusal> {
    logs.iter().rev().find_map(|line| {
        let line = line.as_ref();
        let name = between(line, "Error Code: ", ". ")?;
        let number = between(line, "Error Number: ", ". ")?.parse().ok()?;
        let message = line.split_once("Error Message: ")?.1.trim_end_matches('.');
        Some(Refusal { number, name: name.to_owned(), message: message.to_owned() })
    })
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the table is in the enum's order. Method: each entry's own number is its index.
    #[test]
    fn numbers_are_indices() {
        for (index, error) in ALL.iter().enumerate() {
            assert_eq!(u32::from(*error), FIRST + u32::try_from(index).unwrap(), "{}", error.name());
        }
        assert!(of_number(5_999).is_none());
        assert!(describe(FIRST + u32::try_from(ALL.len()).unwrap()).is_none());
    }

    /// Goal: Anchor's log line is understood. Method: a line as it stands in a log, between others.
    #[test]
    fn reads_anchor_log_lines() {
        let logs = [
            "Program log: Instruction: Withdraw",
            "Program log: AnchorError thrown in a.rs:7. Error Code: NotOwner. Error Number: 6003. Error Message: not you.",
            "Program X failed: custom program error: 0x1773",
        ];
        let refusal = from_logs(&logs).unwrap();
        assert_eq!(
            (refusal.number, refusal.name.as_str(), refusal.message.as_str()),
            (6_003, "NotOwner", "not you")
        );
        assert_eq!(from_logs(&logs[..1]), None);
    }
}
