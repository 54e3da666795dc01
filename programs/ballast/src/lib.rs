//! Ballast: a clearing house for European, cash-settled options, margined per portfolio.
//!
//! The program owns accounts, signers, oracles and tokens; every number about money comes from `ballast_risk`. One line
//! an instruction here; each handler is a file of [`instructions`], and reads: load, validate, price, ask the engine,
//! apply, check invariants, emit.

// Anchor's error carries its source location and values; it is built only on the way out of a refused transaction.
#![allow(clippy::result_large_err)]
// Anchor's macros generate public items without documentation beside every instruction; what is written by hand outside
// `instructions` is held to it below.
#![allow(missing_docs)]

#[warn(missing_docs)]
pub mod adapters;
#[warn(missing_docs)]
pub mod constants;
#[warn(missing_docs)]
pub mod error;
#[warn(missing_docs)]
pub mod events;
pub mod instructions;
#[warn(missing_docs)]
pub mod state;

use anchor_lang::prelude::*;
use instructions::*;
use state::ReportRecord;

declare_id!("BaLStXzmVtUYmVeiyrGrDFU6Zj8AsXGwYz7QRFBPaTJC");

/// The instructions, one line each.
#[program]
pub mod ballast {
    use super::*;

    // Set-up.

    /// Creates the exchange and its quote vault.
    pub fn exchange_init(context: Context<ExchangeInit>, args: ExchangeInitArgs) -> Result<()> {
        instructions::exchange_init(context, args)
    }

    /// Lists a collateral asset and creates its vault.
    pub fn collateral_add(context: Context<CollateralAdd>, args: CollateralAddArgs) -> Result<()> {
        instructions::collateral_add(context, args)
    }

    /// Lists an underlying in an account that the client created.
    pub fn market_init(context: Context<MarketInit>, args: MarketInitArgs) -> Result<()> {
        instructions::market_init(context, args)
    }

    /// Lists an expiry of a market with its surface.
    pub fn expiry_list(context: Context<ExpiryList>, args: ExpiryListArgs) -> Result<()> {
        instructions::expiry_list(context, args)
    }

    /// Lists strikes of an expiry.
    pub fn strike_list(context: Context<StrikeList>, args: StrikeListArgs) -> Result<()> {
        instructions::strike_list(context, args)
    }

    /// Closes or opens gates.
    pub fn gate_set(context: Context<GateSet>, gates: u64) -> Result<()> {
        instructions::gate_set(context, gates)
    }

    /// Closes gates for half an hour, twice in a row at most.
    pub fn pause(context: Context<GatePauseAccounts>, gates: u64) -> Result<()> {
        instructions::pause(context, gates)
    }

    /// Ends pauses before they are over.
    pub fn unpause(context: Context<GatePauseAccounts>, gates: u64) -> Result<()> {
        instructions::unpause(context, gates)
    }

    // Portfolios.

    /// Opens one of an owner's portfolios.
    pub fn portfolio_open(
        context: Context<PortfolioOpen>,
        index: u16,
        mode: u8,
        isolated_market: u8,
    ) -> Result<()> {
        instructions::portfolio_open(context, index, mode, isolated_market)
    }

    /// Closes an empty portfolio.
    pub fn portfolio_close(context: Context<PortfolioClose>) -> Result<()> {
        instructions::portfolio_close(context)
    }

    /// Names who may trade for a portfolio until a time.
    pub fn delegate_set(context: Context<DelegateSetAccounts>, delegate: Pubkey, until: i64) -> Result<()> {
        instructions::delegate_set(context, delegate, until)
    }

    // Money.

    /// Pays quote currency or collateral into a portfolio.
    pub fn deposit(context: Context<Deposit>, amount: u64) -> Result<()> {
        instructions::deposit(context, amount)
    }

    /// Takes quote currency or collateral out of a portfolio.
    pub fn withdraw<'info>(context: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
        instructions::withdraw(context, amount)
    }

    /// Moves a market's trading fees to insurance.
    pub fn fees_sweep(context: Context<FeesSweep>) -> Result<()> {
        instructions::fees_sweep(context)
    }

    // Insurance.

    /// Opens an owner's stake in the insurance fund, empty.
    pub fn stake_open(context: Context<StakeOpen>) -> Result<()> {
        instructions::stake_open(context)
    }

    /// Closes an empty stake.
    pub fn stake_close(context: Context<StakeClose>) -> Result<()> {
        instructions::stake_close(context)
    }

    /// Pays quote currency into the insurance fund for shares of it.
    pub fn insurance_stake(context: Context<StakeIn>, amount: u64) -> Result<()> {
        instructions::insurance_stake(context, amount)
    }

    /// Asks shares of the insurance fund back: from now on they earn nothing, and the cooldown runs.
    pub fn insurance_unstake(context: Context<StakeLeave>, shares: u64) -> Result<()> {
        instructions::insurance_unstake(context, shares)
    }

    /// Pays out what was asked back and waited for.
    pub fn insurance_claim(context: Context<StakeOut>, leaving_shares: u64) -> Result<()> {
        instructions::insurance_claim(context, leaving_shares)
    }

    // Risk.

    /// Computes, stores and returns a portfolio's margin report.
    pub fn margin_check<'info>(context: Context<'info, MarginCheck<'info>>) -> Result<ReportRecord> {
        instructions::margin_check(context)
    }

    /// Creates the volatility feed of a market.
    pub fn volatility_feed_init(
        context: Context<VolatilityFeedInit>,
        publishers: Vec<Pubkey>,
        quorum: u8,
    ) -> Result<()> {
        instructions::volatility_feed_init(context, publishers, quorum)
    }

    /// Posts a volatility; V and V* follow at once.
    pub fn volatility_post(
        context: Context<VolatilityPost>,
        vol_e6: i64,
        conf_e6: i64,
        time: i64,
    ) -> Result<()> {
        instructions::volatility_post(context, vol_e6, conf_e6, time)
    }

    /// Samples spot into realised volatility and refreshes V and V*.
    pub fn volatility_update(context: Context<VolatilityUpdate>) -> Result<()> {
        instructions::volatility_update(context)
    }

    // Trade.

    /// Fills up to 12 legs between two portfolios at one net premium.
    pub fn trade<'info>(context: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
        instructions::trade(context, args)
    }

    // Liquidation.

    /// Flags a portfolio that is under maintenance margin.
    pub fn liquidation_start<'info>(context: Context<'info, LiquidationStart<'info>>) -> Result<()> {
        instructions::liquidation_start(context)
    }

    /// Takes a fraction of a flagged portfolio's whole book at the auction's price.
    pub fn liquidate_slice<'info>(
        context: Context<'info, LiquidateSlice<'info>>,
        args: LiquidateSliceArgs,
    ) -> Result<()> {
        instructions::liquidate_slice(context, args)
    }

    /// Takes single legs of a flagged portfolio, those first that relieve it most per dollar.
    pub fn liquidate_legs<'info>(
        context: Context<'info, LiquidateLegs<'info>>,
        args: LiquidateLegsArgs,
    ) -> Result<()> {
        instructions::liquidate_legs(context, args)
    }

    /// Frees a flagged portfolio that passes the exit test.
    pub fn liquidation_end<'info>(context: Context<'info, LiquidationEnd<'info>>) -> Result<()> {
        instructions::liquidation_end(context)
    }

    /// Buys collateral of a portfolio in debt for quote currency.
    pub fn collateral_convert<'info>(
        context: Context<'info, CollateralConvert<'info>>,
        args: CollateralConvertArgs,
    ) -> Result<()> {
        instructions::collateral_convert(context, args)
    }

    /// Relieves a portfolio of a debt when it has nothing left: insurance pays, the rest becomes an open shortfall.
    pub fn resolve_insolvency(context: Context<ResolveInsolvency>) -> Result<()> {
        instructions::resolve_insolvency(context)
    }

    /// Writes the open shortfall into the cash index, so that every positive balance bears its share.
    pub fn socialise_shortfall<'info>(context: Context<'info, SocialiseShortfall<'info>>) -> Result<()> {
        instructions::socialise_shortfall(context)
    }

    /// Collects a portfolio's part of losses shared since its cash was last written.
    pub fn collect_loss(context: Context<CollectLoss>) -> Result<()> {
        instructions::collect_loss(context)
    }

    // Settlement.

    /// Adds a price of the settlement window to an expiry's average.
    pub fn settlement_sample(context: Context<SettlementSample>, expiry_slot: u8) -> Result<()> {
        instructions::settlement_sample(context, expiry_slot)
    }

    /// Records the settlement price that is due.
    pub fn settlement_finalize(context: Context<SettlementFinalize>, expiry_slot: u8) -> Result<()> {
        instructions::settlement_finalize(context, expiry_slot)
    }

    /// Sets the settlement price of a window without any average, a day after expiry.
    pub fn settlement_decide(
        context: Context<SettlementDecide>,
        expiry_slot: u8,
        price_e8: u64,
    ) -> Result<()> {
        instructions::settlement_decide(context, expiry_slot, price_e8)
    }

    /// Turns a portfolio's lines of settled expiries into cash.
    pub fn settle_portfolio<'info>(context: Context<'info, SettlePortfolio<'info>>) -> Result<()> {
        instructions::settle_portfolio(context)
    }
}
