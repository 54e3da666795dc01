//! `liquidate_legs`: a liquidator takes single legs of a flagged portfolio at mark, for a share of the margin each relieves.
//!
//! The taker names legs and how much of each; which of them go, and in which order, the book decides: always the leg that
//! relieves it most per dollar as it then is, whatever order legs are stored or named in. If that one is not named, or not
//! all of it, it stops there. Each leg must lower the requirement by more than it costs the owner, and together they end at the exit test. The
//! taker's portfolio must pass initial margin afterwards. A book whose price is zero or less goes by slices.

use super::{
    auction::{free, is_over, plan, terms},
    leg_rank::{first_leg, RankedLeg},
    liquidate_slice::require_bearable,
};
use crate::{
    adapters::{
        engine::{exchange_input, peg_e8, valued_cash_e6},
        mark::Marks,
        oracle::Action,
        prices::Needed,
        valuation::{Recording, Valuation},
    },
    error::BallastError,
    events::{LegTaken, LegsLiquidated, MarginAfter},
    instructions::losses::keep_cash,
    state::{Exchange, Portfolio, MODE_ISOLATED},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    legs::{is_beyond_exit, leg_price, penalty_e9, with_cash, LegPrice, Reliefs, ToExit},
    liquidation::WHOLE_E9,
    MarginReport, Scratch,
};

/// Legs one instruction takes.
pub const LEGS_TAKEN_MAX: usize = 4;
/// How often a quantity is cut to end at the exit test; each costs a valuation.
const CUTS_MAX: usize = 4;

/// A leg the liquidator would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct LegWanted {
    /// Market id.
    pub market: u8,
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// Slot of the strike in the expiry.
    pub strike_slot: u8,
    /// A put; otherwise a call.
    pub is_put: bool,
    /// Most of it the liquidator takes, 1e-6 unit, whichever side the owner is on.
    pub qty_max_e6: u64,
}

/// What the liquidator asks for and insists on.
#[derive(Debug, Clone, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct LiquidateLegsArgs {
    /// Legs, in any order: 1 to 4, no series twice.
    pub legs: Vec<LegWanted>,
    /// Least change of the taker's cash that the liquidator accepts, 1e-6 quote.
    pub cash_min_e6: i64,
    /// Sequence the flagged portfolio must have, if the liquidator insists on the very book seen.
    pub sequence: Option<u64>,
}

/// Accounts of `liquidate_legs`. Remaining accounts: those of a valuation of both portfolios, markets writable.
#[derive(Accounts)]
pub struct LiquidateLegs<'info> {
    /// Owner or delegate of the taker's portfolio.
    pub taker_authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The flagged portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
    /// The portfolio that takes the legs.
    #[account(mut)]
    pub taker: AccountLoader<'info, Portfolio>,
}

/// Takes legs. Errors: [`BallastError::SelfLiquidation`], [`BallastError::LegCount`], [`BallastError::ZeroQuantity`],
/// [`BallastError::DuplicateLeg`], [`BallastError::NotOwnerOrDelegate`], [`BallastError::Frozen`] (the taker),
/// [`BallastError::NotFlagged`], [`BallastError::Sequence`], [`BallastError::IsolatedMarket`],
/// [`BallastError::Healthy`], [`BallastError::BookUnderWater`], [`BallastError::TooManyLegs`],
/// [`BallastError::LegNotFirst`], [`BallastError::LiquidationPhase`], [`BallastError::LegWorsens`],
/// [`BallastError::BeyondExit`], [`BallastError::PriceLimit`], [`BallastError::BookTooLarge`],
/// [`BallastError::LiquidatorInitialMargin`], a taker without room, and those of the valuation.
pub fn liquidate_legs<'info>(
    context: Context<'info, LiquidateLegs<'info>>,
    args: LiquidateLegsArgs,
) -> Result<()> {
    let (accounts, clock) = (&*context.accounts, Clock::get()?);
    require_keys_neq!(accounts.portfolio.key(), accounts.taker.key(), BallastError::SelfLiquidation);
    let mut exchange = accounts.exchange.load_mut()?;
    let mut owner = accounts.portfolio.load_mut()?;
    let mut taker = accounts.taker.load_mut()?;
    let now = clock.unix_timestamp;
    validate_legs(&args.legs)?;
    validate(&owner, &taker, accounts.taker_authority.key, &args, now)?;

    let index = exchange.cash_index();
    for (key, portfolio) in [(accounts.portfolio.key(), &mut owner), (accounts.taker.key(), &mut taker)] {
        let shared = portfolio.share_losses(&index);
        keep_cash(&mut exchange.ledger, key, &shared)?;
    }
    let needed = Needed::of(&exchange, &owner).and(Needed::of(&exchange, &taker));
    let valuation =
        Valuation::open(&exchange, needed, context.remaining_accounts, now, Recording::PublishTimes)?;
    valuation.require(&exchange, &owner, Action::Liquidate)?;
    valuation.require(&exchange, &taker, Action::Liquidate)?;
    valuation.record(&mut exchange);

    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let before = valuation.report(&exchange, &owner, &mut scratch)?;
    let book = plan(&owner, &before, &terms(&exchange, &owner, &valuation))?;
    require!(book.pay_e6 > 0, BallastError::BookUnderWater);
    let penalty_e9 = penalty_e9(now.saturating_sub(owner.liquidation.flagged_at));
    let cash_before_e6 = taker.cash_e6;

    let mut taking = Taking {
        exchange: &mut exchange,
        owner: &mut owner,
        taker: &mut taker,
        valuation: &valuation,
        penalty_e9,
    };
    let (legs, after) = take_all(&mut taking, &args.legs, before, &mut scratch)?;
    let change_e6 = taker.cash_e6.saturating_sub(cash_before_e6);
    if change_e6 < args.cash_min_e6 {
        return Err(error!(BallastError::PriceLimit).with_values((args.cash_min_e6, change_e6)));
    }
    taker.require_underlyings_fit(&exchange)?;
    valuation.require_room(&taker, taker.gross_e6())?;
    let taker_after = require_bearable(&valuation.report(&exchange, &taker, &mut scratch)?)?;
    let ended = is_over(&owner, &after);
    if ended {
        free(&mut owner);
    }
    for (portfolio, report) in [(&mut owner, &after), (&mut taker, &taker_after)] {
        portfolio.bump_sequence()?;
        portfolio.store_report(*report, &clock);
    }
    emit!(LegsLiquidated {
        portfolio: accounts.portfolio.key(),
        taker: accounts.taker.key(),
        legs,
        penalty_e9,
        insurance_e6: exchange.insurance_e6,
        excess_maintenance_before_e6: before.excess_maintenance_e6,
        margin: MarginAfter::from(&after),
        taker_margin: MarginAfter::from(&taker_after),
        ended,
    });
    Ok(())
}

fn validate_legs(legs: &[LegWanted]) -> Result<()> {
    require!((1..=LEGS_TAKEN_MAX).contains(&legs.len()), BallastError::LegCount);
    let series = |leg: &LegWanted| (leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
    for (at, leg) in legs.iter().enumerate() {
        require!(leg.qty_max_e6 > 0, BallastError::ZeroQuantity);
        let again = legs.iter().skip(at.saturating_add(1)).any(|other| series(other) == series(leg));
        require!(!again, BallastError::DuplicateLeg);
    }
    Ok(())
}

fn validate(
    owner: &Portfolio,
    taker: &Portfolio,
    signer: &Pubkey,
    args: &LiquidateLegsArgs,
    now: i64,
) -> Result<()> {
    require!(taker.may_trade(signer, now), BallastError::NotOwnerOrDelegate);
    require!(!taker.is_frozen(), BallastError::Frozen);
    require!(owner.is_frozen(), BallastError::NotFlagged);
    require!(args.sequence.is_none_or(|expected| expected == owner.sequence), BallastError::Sequence);
    let outside = args.legs.iter().any(|leg| leg.market != taker.isolated_market);
    require!(!(taker.mode == MODE_ISOLATED && outside), BallastError::IsolatedMarket);
    Ok(())
}

/// What legs are taken with.
struct Taking<'a, 'info> {
    exchange: &'a mut Exchange,
    owner: &'a mut Portfolio,
    taker: &'a mut Portfolio,
    valuation: &'a Valuation<'info>,
    penalty_e9: i64,
}

/// Takes the book's first leg as long as it is named, up to the exit test. Each leg taken changes which comes first: the
/// scratch holds the book's assessment as it is. Returns what was taken and the owner's report afterwards.
fn take_all(
    taking: &mut Taking,
    wanted: &[LegWanted],
    mut report: MarginReport,
    scratch: &mut Scratch,
) -> Result<(Vec<LegTaken>, MarginReport)> {
    let mut taken = Vec::with_capacity(wanted.len());
    let mut reliefs: Box<Reliefs> = bytemuck::allocation::zeroed_box();
    while taken.len() < wanted.len() {
        let working = (&mut *scratch, &mut *reliefs);
        let Some(leg) = first_leg(taking.exchange, taking.owner, taking.valuation, working)? else { break };
        let named = |wanted: &&LegWanted| {
            (wanted.market, wanted.expiry_slot, wanted.strike_slot, wanted.is_put)
                == (leg.key.market, leg.key.expiry_slot, leg.key.strike_slot, leg.is_put)
        };
        let Some(wanted) = wanted.iter().find(named) else { break };
        let qty_e6 = wanted.qty_max_e6.min(leg.qty_e6.unsigned_abs());
        let (one, after) = taking.take(&leg, qty_e6, &report, scratch)?;
        report = after;
        taken.push(one);
        // What is left of a leg still comes before the next.
        if is_over(taking.owner, &report) || one.qty_e6 != leg.qty_e6 {
            break;
        }
    }
    require!(!taken.is_empty(), BallastError::LegNotFirst);
    Ok((taken, report))
}

impl Taking<'_, '_> {
    /// Takes up to a quantity of one leg: as much as the phase lets go and as ends at the exit test.
    fn take(
        &mut self,
        leg: &RankedLeg,
        qty_e6: u64,
        before: &MarginReport,
        scratch: &mut Scratch,
    ) -> Result<(LegTaken, MarginReport)> {
        let mark_e14 = self.mark_e14(leg)?;
        let mut qty_e6 = qty_e6.min(self.phase_left(leg)?);
        require!(qty_e6 > 0, BallastError::LiquidationPhase);
        let mut moved_e6 = self.shift(leg, 0, qty_e6)?;
        let (mut price, mut after) = self.price(moved_e6, mark_e14, before, scratch)?;
        let dust_e6 = self.exchange.params.dust_equity_e6;
        if is_beyond_exit(&after, dust_e6) {
            let mut search = ToExit::new(before.excess_exit_e6, qty_e6, after.excess_exit_e6);
            for _ in 0..CUTS_MAX {
                qty_e6 = search.next_e6();
                moved_e6 = self.shift(leg, moved_e6, qty_e6)?;
                (price, after) = self.price(moved_e6, mark_e14, before, scratch)?;
                if after.excess_exit_e6 >= 0 && !is_beyond_exit(&after, dust_e6) {
                    break;
                }
                search.tried(qty_e6, after.excess_exit_e6);
            }
        }
        // A little short is for the next taker; beyond is never the owner's loss.
        if is_beyond_exit(&after, dust_e6) {
            let beyond = (after.excess_exit_e6, after.initial_e6);
            return Err(error!(BallastError::BeyondExit).with_values(beyond));
        }
        let relieved_e6 = before.maintenance_e6.saturating_sub(after.maintenance_e6);
        let better = after.excess_maintenance_e6 > before.excess_maintenance_e6;
        if relieved_e6 <= price.penalty_e6 || !better {
            let excesses = (before.excess_maintenance_e6, after.excess_maintenance_e6);
            return Err(error!(BallastError::LegWorsens).with_values(excesses));
        }
        self.pay(&price)?;
        self.count(leg, qty_e6)?;
        let one = LegTaken {
            market: leg.key.market,
            expiry_ts: i64::from(leg.key.expiry_ts),
            strike_e8: leg.strike_e8,
            is_put: leg.is_put,
            qty_e6: moved_e6,
            value_e6: price.value_e6,
            penalty_e6: price.penalty_e6,
            contribution_e6: price.insurance_e6,
            relieved_e6,
            relief_e6: leg.rank.relief_e6,
        };
        Ok((one, after))
    }

    /// What one unit of the leg is worth, 1e-14 quote.
    fn mark_e14(&self, leg: &RankedLeg) -> Result<i128> {
        let market = self.valuation.market(leg.key.market)?.load()?;
        let strike = market.expiry(leg.key.expiry_slot)?.strike(leg.key.strike_slot)?.strike();
        let prices = &self.valuation.prices;
        let input = exchange_input(self.exchange, prices);
        let series = (leg.key.expiry_slot, strike, leg.is_put);
        let kept = &mut **self.valuation.kept.borrow_mut();
        Ok(Marks::default().mark_e14((&input, kept), &market, prices, series)?)
    }

    /// What the current phase of the leg's underlying still lets go, 1e-6 unit.
    fn phase_left(&self, leg: &RankedLeg) -> Result<u64> {
        let market = self.valuation.market(leg.key.market)?.load()?;
        let now = self.valuation.prices.now;
        let left_e6 = market.phase.engine().left_e6(market.open_interest_e6, market.share_base_e6, now);
        Ok(left_e6.unsigned_abs())
    }

    /// Moves the leg so that the taker has received `qty_e6` of it instead of `moved_e6`, and says what that is with its
    /// sign. Errors: a taker without room.
    fn shift(&mut self, leg: &RankedLeg, moved_e6: i64, qty_e6: u64) -> Result<i64> {
        let size = i64::try_from(qty_e6).map_err(|_| error!(BallastError::QuantityTooLarge))?;
        let target_e6 = if leg.qty_e6 < 0 { size.saturating_neg() } else { size };
        let change_e6 = target_e6.checked_sub(moved_e6).ok_or(BallastError::Overflow)?;
        let mut market = self.valuation.market(leg.key.market)?.load_mut()?;
        for (portfolio, change_e6) in
            [(&mut *self.owner, change_e6.saturating_neg()), (&mut *self.taker, change_e6)]
        {
            let (calls_e6, puts_e6) = if leg.is_put { (0, change_e6) } else { (change_e6, 0) };
            let expiry = market.expiry(leg.key.expiry_slot)?;
            let changed = portfolio.add_to_line(&leg.key, expiry, calls_e6, puts_e6)?;
            market.record(&leg.key, &changed)?;
        }
        Ok(target_e6)
    }

    /// What is paid for what was moved, and the owner's report as it will be when it is. The margin relieved is known only
    /// now, and no requirement depends on cash.
    fn price(
        &self,
        moved_e6: i64,
        mark_e14: i128,
        before: &MarginReport,
        scratch: &mut Scratch,
    ) -> Result<(LegPrice, MarginReport)> {
        let unpaid = self.valuation.report(self.exchange, self.owner, scratch)?;
        let relieved_e6 = before.maintenance_e6.saturating_sub(unpaid.maintenance_e6);
        let price = leg_price(moved_e6, mark_e14, relieved_e6, self.penalty_e9);
        let price = price.ok_or(BallastError::Overflow)?;
        let cash_e6 = self.owner.cash_e6.checked_add(price.owner_e6).ok_or(BallastError::Overflow)?;
        Ok((price, with_cash(&unpaid, valued_cash_e6(cash_e6), peg_e8(&self.valuation.prices))))
    }

    /// Moves value, penalty and contribution.
    fn pay(&mut self, price: &LegPrice) -> Result<()> {
        let (index, now) = (self.exchange.cash_index(), self.valuation.prices.now);
        for (portfolio, change_e6) in [(&mut *self.owner, price.owner_e6), (&mut *self.taker, price.taker_e6)]
        {
            let moved = portfolio.add_cash(change_e6, &index, now)?;
            self.exchange.ledger.keep(&moved)?;
        }
        let mut fund = self.exchange.fund();
        fund.contribute(price.insurance_e6, now).ok_or(BallastError::Overflow)?;
        self.exchange.set_fund(&fund);
        Ok(())
    }

    /// Counts what was taken in the phase of its underlying.
    fn count(&self, leg: &RankedLeg, qty_e6: u64) -> Result<()> {
        let mut market = self.valuation.market(leg.key.market)?.load_mut()?;
        let size = i64::try_from(qty_e6).map_err(|_| error!(BallastError::QuantityTooLarge))?;
        market.phase.engine_mut().take(size, WHOLE_E9, self.valuation.prices.now);
        Ok(())
    }
}
