//! `market_init`: lists an underlying. The client creates the account, because it is larger than a program may create.

use crate::{
    constants::{ACCOUNT_VERSION, GATE_LISTING, SEED_VOLATILITY_FEED},
    error::{within, BallastError},
    events::MarketCreated,
    state::{
        Exchange, Market, MarketParams, VolatilityState, MARKET_ACTIVE, VOLATILITY_FEED_ACCOUNT,
        VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH,
    },
};
use anchor_lang::prelude::*;
use ballast_risk::{
    bounds::{QTY_MAX_E6, VOL_MAX_E6},
    volatility::{margin_volatility_e6, variance_e12},
    RiskError,
};

/// What a market is listed with.
#[derive(Debug, Clone, AnchorSerialize, AnchorDeserialize)]
pub struct MarketInitArgs {
    /// Symbol, printable ASCII, filled with zeros.
    pub symbol: [u8; 16],
    /// Pyth feed of the spot price in quote currency.
    pub feed_id: [u8; 32],
    /// Correlation group.
    pub group: u8,
    /// Kind of the volatility feed: 0 none, 1 a feed account of this program, 2 a Pyth feed.
    pub volatility_kind: u8,
    /// Id of the Pyth volatility feed; zeros for the other kinds.
    pub volatility_feed_id: [u8; 32],
    /// V to begin with, 1e-6 a year.
    pub vol_e6: i64,
    /// R to begin with, 1e-6 a year.
    pub realised_e6: i64,
    /// Reference volatility of the haircut rule, 1e-6 a year.
    pub vol_ref_e6: i64,
    /// Least V, 1e-6 a year.
    pub vol_min_e6: i64,
    /// Largest V, 1e-6 a year.
    pub vol_max_e6: i64,
    /// Cap of the market's open interest, 1e-6 unit.
    pub open_interest_cap_e6: i64,
    /// Cap of the long side of one series, 1e-6 unit.
    pub series_cap_e6: i64,
    /// Open interest below which shares of it are measured against this, 1e-6 unit.
    pub share_base_e6: i64,
    /// Risk parameters.
    pub params: MarketParams,
}

/// Accounts of `market_init`.
#[derive(Accounts)]
pub struct MarketInit<'info> {
    /// The exchange's admin.
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market: an account of this program, all zeros, of the market's size.
    #[account(zero)]
    pub market: AccountLoader<'info, Market>,
}

/// Lists a market. Errors: [`BallastError::NotAdmin`], [`BallastError::GateClosed`], [`BallastError::TooManyMarkets`],
/// [`BallastError::MarketSymbol`], [`BallastError::FeedInUse`], [`BallastError::ParameterOutOfBounds`].
pub fn market_init(context: Context<MarketInit>, args: MarketInitArgs) -> Result<()> {
    let accounts = &context.accounts;
    let mut exchange = accounts.exchange.load_mut()?;
    require_keys_eq!(exchange.admin, accounts.admin.key(), BallastError::NotAdmin);
    let now = Clock::get()?.unix_timestamp;
    exchange.require_open(GATE_LISTING, now)?;
    require!(is_symbol(&args.symbol), BallastError::MarketSymbol);
    let feed_is_new = args.feed_id != [0; 32] && exchange.market_of_feed(&args.feed_id).is_none();
    require!(feed_is_new, BallastError::FeedInUse);
    require_terms(&args)?;

    let address = accounts.market.key();
    let id = register(&mut exchange, address, &args.feed_id)?;
    let mut market = accounts.market.load_init()?;
    market.version = ACCOUNT_VERSION;
    market.id = id;
    market.status = MARKET_ACTIVE;
    market.group = args.group;
    market.volatility_kind = args.volatility_kind;
    market.symbol = args.symbol;
    market.feed_id = args.feed_id;
    market.volatility_feed = volatility_feed(&args, &address);
    market.open_interest_cap_e6 = args.open_interest_cap_e6;
    market.series_cap_e6 = args.series_cap_e6;
    market.share_base_e6 = args.share_base_e6;
    market.params = args.params;
    market.volatility = initial_volatility(&args, now);
    emit!(MarketCreated {
        market: address,
        id,
        symbol: market.symbol,
        feed_id: market.feed_id,
        volatility_kind: market.volatility_kind,
        volatility_feed: market.volatility_feed,
        group: market.group,
    });
    Ok(())
}

/// Gives the market the next id, and makes it the market of every collateral asset of its feed.
fn register(exchange: &mut Exchange, address: Pubkey, feed_id: &[u8; 32]) -> Result<u8> {
    let id = u8::try_from(exchange.market_count).map_err(|_| error!(BallastError::TooManyMarkets))?;
    *exchange.markets.get_mut(usize::from(id)).ok_or(BallastError::TooManyMarkets)? = address;
    *exchange.market_feeds.get_mut(usize::from(id)).ok_or(BallastError::TooManyMarkets)? = *feed_id;
    exchange.market_count = exchange.market_count.saturating_add(1);
    for asset in
        exchange.collaterals.iter_mut().filter(|asset| asset.is_active() && asset.feed_id == *feed_id)
    {
        asset.market_plus_one = id.saturating_add(1);
    }
    Ok(id)
}

/// One to sixteen printable characters, then zeros.
fn is_symbol(symbol: &[u8; 16]) -> bool {
    let length = symbol.iter().position(|byte| *byte == 0).unwrap_or(symbol.len());
    let (text, rest) = symbol.split_at(length);
    !text.is_empty() && text.iter().all(u8::is_ascii_graphic) && rest.iter().all(|byte| *byte == 0)
}

fn require_terms(args: &MarketInitArgs) -> Result<()> {
    if let Err(RiskError::Parameter(field)) = args.params.engine().validate() {
        msg!("{}", field);
        return err!(BallastError::ParameterOutOfBounds);
    }
    let groups = i64::try_from(crate::constants::GROUPS).unwrap_or(0);
    within(i64::from(args.group), 0..=groups.saturating_sub(1), "group")?;
    within(i64::from(args.volatility_kind), 0..=i64::from(VOLATILITY_FEED_PYTH), "volatility_kind")?;
    let has_id = args.volatility_feed_id != [0; 32];
    require!(has_id == (args.volatility_kind == VOLATILITY_FEED_PYTH), BallastError::ParameterOutOfBounds);
    within(args.vol_min_e6, 50_000..=1_000_000, "vol_min_e6")?;
    within(args.vol_max_e6, args.vol_min_e6..=4_000_000, "vol_max_e6")?;
    within(args.vol_e6, args.vol_min_e6..=args.vol_max_e6, "vol_e6")?;
    within(args.vol_ref_e6, args.vol_min_e6..=args.vol_max_e6, "vol_ref_e6")?;
    within(args.realised_e6, 1..=VOL_MAX_E6, "realised_e6")?;
    let quantity_max = i64::try_from(QTY_MAX_E6).unwrap_or(i64::MAX);
    within(args.open_interest_cap_e6, 1..=quantity_max, "open_interest_cap_e6")?;
    within(args.series_cap_e6, 1..=args.open_interest_cap_e6, "series_cap_e6")?;
    within(args.share_base_e6, 0..=args.open_interest_cap_e6, "share_base_e6")
}

fn volatility_feed(args: &MarketInitArgs, market: &Pubkey) -> [u8; 32] {
    match args.volatility_kind {
        VOLATILITY_FEED_ACCOUNT => {
            Pubkey::find_program_address(&[SEED_VOLATILITY_FEED, market.as_ref()], &crate::ID).0.to_bytes()
        }
        VOLATILITY_FEED_NONE => [0; 32],
        _ => args.volatility_feed_id,
    }
}

/// V, V* and R to begin with. V is as of no time: it counts as stale until its feed speaks.
fn initial_volatility(args: &MarketInitArgs, now: i64) -> VolatilityState {
    VolatilityState {
        vol_e6: args.vol_e6,
        vol_time: 0,
        vol_moved: now,
        vol_margin_e6: margin_volatility_e6(args.vol_e6, args.realised_e6, 0, 0),
        vol_margin_time: now,
        vol_ref_e6: args.vol_ref_e6,
        vol_min_e6: args.vol_min_e6,
        vol_max_e6: args.vol_max_e6,
        realised_e6: args.realised_e6,
        variance_e12: variance_e12(args.realised_e6),
        sample_e8: 0,
        sample_time: 0,
    }
}
