//! Every reason the program refuses, numbered from 6000. Append only: a number never changes its meaning.

use anchor_lang::prelude::*;
use ballast_risk::RiskError;

/// Refusals of the program. Each message says what was refused, why, and which account or field it is about.
#[error_code]
#[allow(missing_docs, reason = "the message of each is its documentation")]
pub enum BallastError {
    // Authorities, from 6000.
    #[msg("signer is not the exchange's admin")]
    NotAdmin,
    #[msg("signer is not the exchange's risk authority")]
    NotRiskAuthority,
    #[msg("signer is neither the guardian nor the admin, who alone may pause gates and end pauses")]
    NotGuardian,
    #[msg("signer is not the portfolio's owner; withdrawals, closing and delegates are the owner's alone")]
    NotOwner,
    #[msg("signer is neither the portfolio's owner nor its delegate, or the delegate has lapsed")]
    NotOwnerOrDelegate,
    #[msg("signer is not a permitted publisher of the volatility feed")]
    NotPublisher,
    #[msg("the gate of this instruction is closed by the admin or paused by the guardian")]
    GateClosed,

    #[msg("signer is not the program's upgrade authority, who alone may create the exchange")]
    NotUpgradeAuthority,

    // Accounts, from 6008.
    #[msg("an account in remaining_accounts is missing: a market or price update the portfolios need was not given")]
    AccountMissing,
    #[msg("remaining_accounts has an account that the portfolios do not need")]
    AccountExtra,
    #[msg("market account is not the one registered for the market id expected at this position")]
    WrongMarket,
    #[msg("market account must be writable: this instruction records publish times in it")]
    MarketNotWritable,
    #[msg("the same account was given twice where two different ones are needed")]
    AliasedAccounts,
    #[msg("vault is not the exchange's vault of this asset")]
    WrongVault,
    #[msg("mint is not the quote currency nor a listed collateral asset")]
    WrongMint,
    #[msg("token program is not the one that owns the mint")]
    WrongTokenProgram,
    #[msg("volatility feed is not the one this market reads")]
    WrongVolatilityFeed,

    // Price updates, from 6017.
    #[msg("price update is not owned by one of Pyth's two receiver programs")]
    OracleWrongOwner,
    #[msg("price update account is not a PriceUpdateV2: wrong discriminator or length")]
    OracleMalformed,
    #[msg("price update is not fully verified")]
    OracleNotFullyVerified,
    #[msg("price update is of another feed than the market or asset reads")]
    OracleWrongFeed,
    #[msg("price is zero or negative")]
    OraclePriceNotPositive,
    #[msg("price exponent is outside -12 to 0")]
    OracleExponent,
    #[msg("price, confidence or average does not fit the engine's price range")]
    OracleOutOfRange,
    #[msg("exponential moving average of the price is zero or negative")]
    OracleEmaNotPositive,
    #[msg("publish time of the price update lies in the future")]
    OracleFuture,
    #[msg("publish time of the price update is older than the newest already recorded for this feed")]
    OracleNotMonotonic,
    #[msg("price is older than 60 seconds: too old to increase risk or to sample")]
    OracleStale,
    #[msg("price is older than 5 minutes: too old for anything")]
    OracleTooOld,
    #[msg("confidence is above 2 % of the price: too wide to increase risk")]
    OracleConfidenceWide,
    #[msg("confidence is above 5 % of the price: too wide to liquidate")]
    OracleConfidenceUnusable,
    #[msg("price is more than 20 % from its average: too far to increase risk")]
    OracleGapWide,
    #[msg("price is more than 50 % from its average: too far to liquidate")]
    OracleGapUnusable,
    #[msg("volatility of the market is older than 10 minutes: risk may only be reduced")]
    VolatilityStale,

    // Parameters and listing, from 6034.
    #[msg("a parameter is outside its hard bound; the log names the field")]
    ParameterOutOfBounds,
    #[msg("quote mint must have 6 decimals")]
    QuoteDecimals,
    #[msg("collateral mint has more than 12 decimals")]
    CollateralDecimals,
    #[msg("mint has a transfer hook: foreign code would run in every transfer")]
    MintTransferHook,
    #[msg("mint allows confidential transfers: balances would be hidden from the vault identity")]
    MintConfidential,
    #[msg("mint is non-transferable")]
    MintNonTransferable,
    #[msg("mint has a permanent delegate who could empty the vault")]
    MintPermanentDelegate,
    #[msg("mint freezes new accounts by default")]
    MintDefaultFrozen,
    #[msg("mint can be paused")]
    MintPausable,
    #[msg("mint can be closed and made anew under other rules")]
    MintCloseable,
    #[msg("mint has an extension that this program does not know to be harmless")]
    MintExtensionUnknown,
    #[msg("mint is already the quote currency or a listed collateral asset")]
    MintAlreadyListed,
    #[msg("all collateral slots are taken")]
    TooManyCollaterals,
    #[msg("all market ids are taken")]
    TooManyMarkets,
    #[msg("price feed is all zeros, or already the feed of another market")]
    FeedInUse,
    #[msg("market symbol is empty or not printable ASCII filled with zeros")]
    MarketSymbol,
    #[msg("all expiry slots of the market are taken by expiries that are not settled and empty")]
    TooManyExpiries,
    #[msg("expiry must lie at least a settlement window and at most two years ahead")]
    ExpiryTime,
    #[msg("the market already has an expiry at this time")]
    ExpiryAlreadyListed,
    #[msg("expiry slot is not listed")]
    ExpiryNotListed,
    #[msg("strike slot is not listed")]
    StrikeNotListed,
    #[msg("strike price is zero or above the engine's price range")]
    StrikePrice,
    #[msg("strike is already listed in this expiry")]
    StrikeAlreadyListed,
    #[msg("all strike slots of the expiry are taken")]
    TooManyStrikes,
    #[msg("expiry has passed")]
    Expired,
    #[msg("publishers must be 1 to 8 distinct keys and the quorum between 1 and their number")]
    Publishers,

    // Portfolios and money, from 6060.
    #[msg("amount is zero")]
    ZeroAmount,
    #[msg("portfolio is frozen by a liquidation: only deposits and liquidation may act on it")]
    Frozen,
    #[msg("portfolio is not empty: it holds lines, cash or collateral")]
    NotEmpty,
    #[msg("portfolio mode is unknown, or the isolated market is not listed")]
    PortfolioMode,
    #[msg("portfolio is isolated to another market")]
    IsolatedMarket,
    #[msg("delegate must lapse in the future and within a year")]
    DelegateLapse,
    #[msg("only the owner or delegate may bring a collateral asset the portfolio does not hold yet")]
    NewCollateralByStranger,
    #[msg("deposit would exceed the hard cap of the collateral asset")]
    DepositCap,
    #[msg("vault received nothing: the transfer fee took the whole amount")]
    NothingReceived,
    #[msg("portfolio holds less than the amount")]
    InsufficientBalance,
    #[msg("withdrawals of this asset reached 25 % of its vault within an hour")]
    OutflowLimit,
    #[msg("a shortfall is open: withdrawals are locked")]
    ShortfallOpen,
    #[msg("cash would be below zero after a risk-increasing action")]
    CashBelowZero,
    #[msg("excess over initial margin would be below zero")]
    InitialMargin,
    #[msg("portfolio has reached 64 lines")]
    TooManyLines,
    #[msg("portfolio would hold more than 8 underlyings, a collateral without a market counting as one")]
    TooManyUnderlyings,
    #[msg("quantity is outside the engine's range")]
    QuantityTooLarge,
    #[msg("a line of the portfolio and the slots of its market disagree")]
    LineMismatch,
    #[msg("a sum does not fit 64 bits")]
    Overflow,
    #[msg("a vault holds less than the claims on it")]
    VaultBelowClaims,
    #[msg("there are no fees to sweep")]
    NoFees,

    // Trade, from 6081.
    #[msg("a trade needs 1 to 12 legs")]
    LegCount,
    #[msg("a leg has quantity zero")]
    ZeroQuantity,
    #[msg("two legs name the same series")]
    DuplicateLeg,
    #[msg("maker and taker are the same portfolio")]
    SelfTrade,
    #[msg("long open interest of the series would exceed its cap")]
    SeriesCap,
    #[msg("open interest of the market would exceed its cap")]
    OpenInterestCap,
    #[msg("price of the trade is worse than the limit of a side")]
    PriceLimit,
    #[msg("sequence of a portfolio is not the one its signer expected")]
    Sequence,
    #[msg("maker is under initial margin after the trade")]
    MakerInitialMargin,
    #[msg("taker is under initial margin after the trade")]
    TakerInitialMargin,

    // Volatility, from 6091.
    #[msg("volatility value is outside the market's range")]
    VolatilityRange,
    #[msg("volatility value is late: older than 10 minutes, or not newer than the publisher's last")]
    VolatilityLate,
    #[msg("time of the volatility value lies in the future")]
    VolatilityFuture,
    #[msg("volatility value moves too far from the last median at once")]
    VolatilityMove,
    #[msg("market was sampled less than a minute ago, or nothing is to be updated")]
    VolatilityTooSoon,
    #[msg("confidence of the volatility value is too wide")]
    VolatilityConfidence,

    // Liquidation, from 6097.
    #[msg("portfolio is at or above maintenance margin: nothing to liquidate")]
    Healthy,
    #[msg("portfolio is already flagged")]
    AlreadyFlagged,
    #[msg("portfolio is not flagged")]
    NotFlagged,
    #[msg("fraction is zero or above the largest the exit test allows")]
    SliceFraction,
    #[msg("liquidator's portfolio is the victim's")]
    SelfLiquidation,
    #[msg("liquidator is under initial margin after the slice")]
    LiquidatorInitialMargin,
    #[msg("price of the slice is worse than the liquidator's limit")]
    SlicePriceLimit,
    #[msg("slice left the portfolio worse than its share allows")]
    SliceWorsens,
    #[msg("insurance cannot pay what the slice needs")]
    InsuranceEmpty,
    #[msg("portfolio does not pass the exit test yet")]
    ExitNotReached,
    #[msg("more of an underlying's open interest was liquidated than a phase allows")]
    LiquidationPhase,

    // Collateral conversion, from 6108.
    #[msg("portfolio has no debt: its cash is not below zero")]
    NoDebt,
    #[msg("amount is above the portfolio's collateral or the debt it may cover")]
    ConvertAmount,
    #[msg("conversion would take the excess over maintenance margin too low")]
    ConvertWorsens,

    // Settlement, from 6111.
    #[msg("sample lies outside the settlement window")]
    OutsideWindow,
    #[msg("publish time of the sample is not newer than the last one's")]
    SampleNotNewer,
    #[msg("expiry has not passed yet")]
    NotExpired,
    #[msg("price update is not the first at or after expiry")]
    NotFirstPrice,
    #[msg("settlement price is already recorded and never changes")]
    AlreadySettled,
    #[msg("settlement price is not recorded yet")]
    NotSettled,
    #[msg("settlement window has neither coverage nor a first price, and the wait for one is not over")]
    SettlementTooEarly,
    #[msg("settlement window has no sample at all")]
    SettlementNoSamples,
    #[msg("portfolio has no line in this expiry")]
    NothingToSettle,

    // The engine's refusals, from 6120.
    #[msg("engine: a parameter is outside its bound; the log names the field")]
    EngineParameter,
    #[msg("engine: a price is zero or above the largest price; the log names the field")]
    EnginePrice,
    #[msg("engine: a volatility is zero, above its bound, or V* is below V")]
    EngineVolatility,
    #[msg("engine: a time to expiry is out of range")]
    EngineTime,
    #[msg("engine: lines or expiries are too many or out of order")]
    EngineBook,
    #[msg("engine: a quantity is out of range")]
    EngineQuantity,
    #[msg("engine: the book's notional or the cash is out of range")]
    EngineTooLarge,
    #[msg("engine: a correlation group or an underlying of a collateral is unknown")]
    EngineUnknown,

    // Later additions, from 6128.
    #[msg("deadline of the trade has passed")]
    DeadlinePassed,
    #[msg("settlement window has an average: the authority has no say")]
    SettlementHasAverage,
    #[msg("discounted price of the collateral is above the buyer's limit")]
    ConvertPriceLimit,

    // The insurance fund, from 6131.
    #[msg("stake or shares are worth less than the least share or unit")]
    StakeTooSmall,
    #[msg("stake has fewer shares than that; shares of a fund that was used up are worth nothing")]
    InsufficientShares,
    #[msg("cooldown is not over: a stake can be claimed seven days after it was asked back")]
    CooldownRunning,
    #[msg("stake was not claimed within two days after its cooldown: ask for it anew")]
    CooldownLapsed,

    // Insolvency, from 6135.
    #[msg("portfolio still has lines or collateral: they are sold before its debt is anybody else's")]
    AssetsLeft,
    #[msg("no shortfall is open")]
    NoShortfall,
    #[msg("a settled expiry still has lines: settle them first, so that who has won is in cash")]
    SettlementsOpen,
    #[msg("no portfolio has cash to share the shortfall")]
    NothingToShare,
    #[msg("portfolio has no part of a loss to bear")]
    NoLossDue,

    // Liquidation by legs, from 6140.
    #[msg("the leg that relieves the book most per dollar is not among those named")]
    LegNotFirst,
    #[msg("price of the whole book is zero or less: slices go, not legs")]
    BookUnderWater,
    #[msg("taking the leg would not lower the requirement by more than it costs the owner")]
    LegWorsens,
    #[msg("legs would take the portfolio further beyond the exit test than they may")]
    BeyondExit,
    #[msg("book has more legs than can be ranked in a transaction: take a slice")]
    TooManyLegs,

    // Later additions, from 6145.
    #[msg("what insurance lacks for the debt is too little to be shared: it waits for insurance")]
    ShortfallTooSmall,
    #[msg("gate was paused twice in a row; the next pause may begin a day after the last one ended")]
    PauseSpent,
    #[msg("book is too large to take on risk: its notional at the greater of spot and strike has no room to grow in")]
    BookTooLarge,
}

impl From<RiskError> for BallastError {
    fn from(refusal: RiskError) -> Self {
        match refusal {
            RiskError::Parameter(field) => {
                msg!("{}", field);
                Self::EngineParameter
            }
            RiskError::Price(field) => {
                msg!("{}", field);
                Self::EnginePrice
            }
            RiskError::Volatility => Self::EngineVolatility,
            RiskError::Time => Self::EngineTime,
            RiskError::TooManyLines
            | RiskError::TooManyUnderlyings
            | RiskError::TooManyExpiries
            | RiskError::Unsorted
            | RiskError::UnknownExpiry => Self::EngineBook,
            RiskError::Quantity => Self::EngineQuantity,
            RiskError::TooLarge => Self::EngineTooLarge,
            RiskError::UnknownUnderlying | RiskError::UnknownGroup => Self::EngineUnknown,
        }
    }
}

/// Refuses a parameter outside its hard bound and logs which. Errors: [`BallastError::ParameterOutOfBounds`].
pub fn within(value: i64, bound: core::ops::RangeInclusive<i64>, field: &'static str) -> Result<()> {
    if bound.contains(&value) {
        return Ok(());
    }
    msg!("{}", field);
    err!(BallastError::ParameterOutOfBounds)
}
