//! `liquidate_slice`: a liquidator takes a fraction of the whole book of a flagged portfolio at the auction's price.
//!
//! Options, cash and collateral go together, so hedges stay together, and what stays needs at most its share of what
//! was needed. The taker's portfolio must pass initial margin afterwards. Where the price is below zero insurance pays
//! the taker, and what it has not is an open shortfall until `socialise_shortfall` shares it.

use super::{
    auction::{books, free, granted_e9, is_over, plan, terms},
    transfer::{move_collateral, move_lines, LinesMoved},
};
use crate::{
    adapters::{
        engine::{open_interest_share_e6, peg_e8},
        oracle::Action,
        prices::Needed,
        valuation::{Recording, Valuation},
    },
    constants::COLLATERALS,
    error::BallastError,
    events::{MarginAfter, SliceLiquidated},
    instructions::losses::keep_cash,
    state::{Exchange, Portfolio, MODE_ISOLATED},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    bounds::MONEY_MAX_E6,
    liquidation::{open_interest_free_e6, slice_price, SliceBranch, SlicePlan, SlicePrice},
    losses::cover,
    slice_bound::{initial_excess_bound_e6, TakenSlice},
    slice_cash::{flows, SliceCash},
    slice_check::keeps_its_share,
    InitialVerdict, MarginReport, Scratch,
};

/// What the liquidator asks for and insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct LiquidateSliceArgs {
    /// Fraction asked for, 1e-9. Granted is at most what ends at the exit test and what the phases let go.
    pub fraction_e9: u64,
    /// Least fraction that is worth the liquidator's while, 1e-9.
    pub fraction_min_e9: u64,
    /// Least price of the *whole* book that the liquidator expects, 1e-6 quote: below it the book is not the one seen.
    pub book_price_min_e6: i64,
    /// Highest price of the *whole* book that the liquidator accepts, 1e-6 quote.
    pub book_price_max_e6: i64,
    /// Sequence the flagged portfolio must have, if the liquidator insists on the very book seen.
    pub sequence: Option<u64>,
}

/// Accounts of `liquidate_slice`. Remaining accounts: those of a valuation of both portfolios, markets writable.
#[derive(Accounts)]
pub struct LiquidateSlice<'info> {
    /// Owner or delegate of the taker's portfolio.
    pub taker_authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The flagged portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
    /// The portfolio that takes the slice.
    #[account(mut)]
    pub taker: AccountLoader<'info, Portfolio>,
}

/// Takes a slice. Errors: [`BallastError::SelfLiquidation`], [`BallastError::NotOwnerOrDelegate`],
/// [`BallastError::Frozen`] (the taker), [`BallastError::NotFlagged`], [`BallastError::Sequence`],
/// [`BallastError::IsolatedMarket`], [`BallastError::Healthy`], [`BallastError::SliceFraction`],
/// [`BallastError::LiquidationPhase`], [`BallastError::SlicePriceLimit`],
/// [`BallastError::BookTooLarge`], [`BallastError::LiquidatorInitialMargin`], [`BallastError::SliceWorsens`], a taker
/// without room, and those of the valuation.
pub fn liquidate_slice<'info>(
    context: Context<'info, LiquidateSlice<'info>>,
    args: LiquidateSliceArgs,
) -> Result<()> {
    let (accounts, clock) = (&*context.accounts, Clock::get()?);
    require_keys_neq!(accounts.portfolio.key(), accounts.taker.key(), BallastError::SelfLiquidation);
    let mut exchange = accounts.exchange.load_mut()?;
    let mut owner = accounts.portfolio.load_mut()?;
    let mut taker = accounts.taker.load_mut()?;
    validate(&owner, &taker, accounts.taker_authority.key, &args, clock.unix_timestamp)?;

    let index = exchange.cash_index();
    for (key, portfolio) in [(accounts.portfolio.key(), &mut owner), (accounts.taker.key(), &mut taker)] {
        let shared = portfolio.share_losses(&index);
        keep_cash(&mut exchange.ledger, key, &shared)?;
    }
    let needed = Needed::of(&exchange, &owner).and(Needed::of(&exchange, &taker));
    let now = clock.unix_timestamp;
    let valuation =
        Valuation::open(&exchange, needed, context.remaining_accounts, now, Recording::PublishTimes)?;
    valuation.require(&exchange, &owner, Action::Liquidate)?;
    valuation.require(&exchange, &taker, Action::Liquidate)?;
    valuation.record(&mut exchange);

    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let before = valuation.report(&exchange, &owner, &mut scratch)?;
    let free_e6 = open_interest_free_e6(scratch.underlyings());
    let slice = price_slice(&exchange, &owner, &valuation, (&before, free_e6), &args)?;
    let many = owner.line_count.saturating_add(taker.line_count) > REVALUED_LINES_MAX;
    let taker_before = if many { Some(valuation.report(&exchange, &taker, &mut scratch)?) } else { None };
    let moved = apply(&mut exchange, &mut owner, &mut taker, &valuation, &slice)?;
    taker.require_underlyings_fit(&exchange)?;
    valuation.require_room(&taker, taker.gross_e6())?;

    let taker_after = match &taker_before {
        Some(taker_before)
            if bears_by_bound(&exchange, &taker, &valuation, taker_before, (&before, &slice, &moved))? =>
        {
            None
        }
        _ => Some(require_bearable(&valuation.report(&exchange, &taker, &mut scratch)?)?),
    };
    let mut after = None;
    let mut ended = owner.is_debt_free();
    if owner.line_count <= REVALUED_LINES_MAX {
        let report = valuation.report(&exchange, &owner, &mut scratch)?;
        require_share_kept(&before, &report, slice.fraction_e9, &moved.lines)?;
        ended = is_over(&owner, &report);
        after = Some(report);
    }
    if ended {
        free(&mut owner);
    }
    for (portfolio, report) in [(&mut owner, &after), (&mut taker, &taker_after)] {
        portfolio.bump_sequence()?;
        match report {
            Some(report) => portfolio.store_report(*report, &clock),
            None => portfolio.forget_report(),
        }
    }
    announce(accounts, &slice, &moved, (&before, &after, &taker_after), (&exchange, ended));
    Ok(())
}

/// Portfolios of at most this many lines are valued again after a slice: the owner to hold the property it must have and
/// to free it, the taker to hold it to its margin. A valuation of 64 lines costs as much as a whole instruction should,
/// so beyond that the owner rests on the theorem (what stays needs at most its share; `liquidation_end` frees it) and
/// the taker first on the bound of [`ballast_risk::slice_bound`].
const REVALUED_LINES_MAX: u8 = 16;

/// Whether the taker surely holds initial margin after the slice, by what both needed before it.
fn bears_by_bound(
    exchange: &Exchange,
    taker: &Portfolio,
    valuation: &Valuation,
    taker_before: &MarginReport,
    (owner_before, slice, moved): (&MarginReport, &Slice, &Moved),
) -> Result<bool> {
    // The bound holds where no open-interest add-on is due afterwards.
    for (id, lines) in books(taker) {
        let market = valuation.market(id)?.load()?;
        if open_interest_share_e6(&market, lines) > market.params.engine().oi_free_e6 {
            return Ok(false);
        }
    }
    let mut rounding = moved.lines.rounding;
    for (index, (amount, asset)) in moved.collateral.iter().zip(&exchange.collaterals).enumerate() {
        if *amount > 0 {
            rounding.add_token(valuation.prices.collateral(exchange, index)?.price_e8, asset.decimals);
        }
    }
    // What is beyond the engine's range counts for nothing, so two balances within it may count for less together than each
    // by itself. Lines are within it: `require_room` has seen to that.
    let held_e6 = owner_before.collateral_mark_e6.saturating_add(taker_before.collateral_mark_e6);
    if taker.cash_e6.max(held_e6) >= MONEY_MAX_E6 {
        return Ok(false);
    }
    let gross_e6 = owner_before.gross_e6.saturating_add(taker_before.gross_e6);
    let taken = TakenSlice {
        fraction_e9: slice.fraction_e9,
        cash_e6: moved.cash.taker_e6,
        rounding_e6: rounding.most_e6(gross_e6),
        peg_e8: peg_e8(&valuation.prices),
    };
    Ok(taker.cash_e6 >= 0 && initial_excess_bound_e6(taker_before, owner_before, &taken) >= 0)
}

/// A slice and its price.
struct Slice {
    plan: SlicePlan,
    discount_e9: i64,
    fraction_e9: u64,
    price: SlicePrice,
}

/// What a slice moved.
struct Moved {
    lines: LinesMoved,
    collateral: [u64; COLLATERALS],
    cash: SliceCash,
}

/// The slice the taker gets at this moment, held against what the taker insists on.
fn price_slice(
    exchange: &Exchange,
    owner: &Portfolio,
    valuation: &Valuation,
    (report, free_e6): (&MarginReport, i64),
    args: &LiquidateSliceArgs,
) -> Result<Slice> {
    let terms = terms(exchange, owner, valuation);
    let plan = plan(owner, report, &terms)?.to_the_exit(report, &terms, free_e6);
    let fraction_e9 = granted_e9(args.fraction_e9, &plan, owner, valuation)?;
    require!(fraction_e9 >= args.fraction_min_e9, BallastError::SliceFraction);
    let limits = args.book_price_min_e6..=args.book_price_max_e6;
    if !limits.contains(&plan.pay_e6) {
        return Err(error!(BallastError::SlicePriceLimit).with_values(("book_price_e6", plan.pay_e6)));
    }
    let price = slice_price(&plan, fraction_e9);
    Ok(Slice { plan, discount_e9: terms.discount_e9, fraction_e9, price })
}

/// Moves lines, collateral and cash, and counts the slice.
fn apply(
    exchange: &mut Exchange,
    owner: &mut Portfolio,
    taker: &mut Portfolio,
    valuation: &Valuation,
    slice: &Slice,
) -> Result<Moved> {
    let lines = move_lines(valuation, owner, taker, slice.fraction_e9)?;
    let collateral = move_collateral(owner, taker, slice.fraction_e9)?;
    let cash = move_cash(exchange, owner, taker, slice, valuation.prices.now)?;
    owner.liquidation.slices = owner.liquidation.slices.saturating_add(1);
    Ok(Moved { lines, collateral, cash })
}

fn validate(
    owner: &Portfolio,
    taker: &Portfolio,
    signer: &Pubkey,
    args: &LiquidateSliceArgs,
    now: i64,
) -> Result<()> {
    require!(taker.may_trade(signer, now), BallastError::NotOwnerOrDelegate);
    require!(!taker.is_frozen(), BallastError::Frozen);
    require!(owner.is_frozen(), BallastError::NotFlagged);
    require!(args.sequence.is_none_or(|expected| expected == owner.sequence), BallastError::Sequence);
    let outside = owner.held_lines().iter().any(|line| line.market != taker.isolated_market);
    require!(!(taker.mode == MODE_ISOLATED && outside), BallastError::IsolatedMarket);
    Ok(())
}

/// Moves the owner's share of cash, the price, the contribution and what insurance pays.
fn move_cash(
    exchange: &mut Exchange,
    owner: &mut Portfolio,
    taker: &mut Portfolio,
    slice: &Slice,
    now: i64,
) -> Result<SliceCash> {
    let cash = flows(owner.cash_e6, slice.fraction_e9, &slice.price).ok_or(BallastError::Overflow)?;
    let index = exchange.cash_index();
    for (portfolio, change_e6) in [(owner, cash.owner_e6), (taker, cash.taker_e6)] {
        let moved = portfolio.add_cash(change_e6, &index, now)?;
        exchange.ledger.keep(&moved)?;
    }
    let mut fund = exchange.fund();
    let covered = cover(&mut fund, cash.insurance_e6.saturating_neg());
    fund.contribute(cash.insurance_e6, now).ok_or(BallastError::Overflow)?;
    exchange.set_fund(&fund);
    exchange.open_shortfall(covered.shortfall_e6)?;
    Ok(cash)
}

/// The property a slice must have: the owner's excess over maintenance margin is at least the share that was kept of
/// what it was.
fn require_share_kept(
    before: &MarginReport,
    after: &MarginReport,
    fraction_e9: u64,
    lines: &LinesMoved,
) -> Result<()> {
    if keeps_its_share(before, after, fraction_e9, &lines.rounding) {
        return Ok(());
    }
    let excesses = (before.excess_maintenance_e6, after.excess_maintenance_e6);
    Err(error!(BallastError::SliceWorsens).with_values(excesses))
}

/// The taker must be at or above initial margin, without debt.
pub(super) fn require_bearable(report: &MarginReport) -> Result<MarginReport> {
    match report.initial_verdict() {
        InitialVerdict::Accepted { .. } => Ok(*report),
        InitialVerdict::Rejected { needed_e6, have_e6 } => {
            Err(error!(BallastError::LiquidatorInitialMargin).with_values((needed_e6, have_e6)))
        }
        InitialVerdict::Debt { cash_e6 } => {
            Err(error!(BallastError::CashBelowZero).with_values((0, cash_e6)))
        }
    }
}

#[inline(never)]
fn announce(
    accounts: &LiquidateSlice,
    slice: &Slice,
    moved: &Moved,
    (before, after, taker_after): (&MarginReport, &Option<MarginReport>, &Option<MarginReport>),
    (exchange, ended): (&Exchange, bool),
) {
    emit!(SliceLiquidated {
        portfolio: accounts.portfolio.key(),
        taker: accounts.taker.key(),
        fraction_e9: slice.fraction_e9,
        fraction_max_e9: slice.plan.fraction_max_e9,
        branch: branch_code(slice.plan.branch),
        discount_e9: slice.discount_e9,
        book_price_e6: slice.plan.pay_e6,
        price_e6: slice.price.price_e6,
        contribution_e6: slice.price.insurance_e6,
        cash_taken_e6: moved.cash.taken_e6,
        collateral_taken: moved.collateral,
        lines: moved.lines.lines,
        excess_maintenance_before_e6: before.excess_maintenance_e6,
        insurance_e6: exchange.insurance_e6,
        margin: after.as_ref().map(MarginAfter::from),
        taker_margin: taker_after.as_ref().map(MarginAfter::from),
        ended,
        shortfall_e6: exchange.shortfall_e6,
    });
}

/// The branch as an event carries it.
const fn branch_code(branch: SliceBranch) -> u8 {
    match branch {
        SliceBranch::Healthy => 0,
        SliceBranch::Solvent => 1,
        SliceBranch::Dust => 2,
        SliceBranch::Insolvent => 3,
    }
}
