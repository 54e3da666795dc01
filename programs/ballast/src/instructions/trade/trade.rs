//! `trade`: fills up to 12 legs between two portfolios at one net premium, all or nothing. Both sides sign.
//!
//! The premium and the quantities are what the two agreed on; the program only asks that both can bear what they are
//! left with. The fee of a leg is the exchange's rate on the underlying's notional, at most a share of the leg's *mark*
//! (see [`ballast_risk::trade`]): each side pays it, and it stays in the leg's market until `fees_sweep`.

use super::{
    legs::{self, Desk, Leg},
    sides::{Side, MAKER, TAKER},
};
use crate::{
    adapters::{
        prices::Needed,
        valuation::{Recording, Valuation},
    },
    error::BallastError,
    events::{LegFilled, MarginAfter, Traded},
    instructions::losses::keep_cash,
    state::{CashMoved, Exchange, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::Scratch;

/// What the two sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct TradeArgs {
    /// Legs, quantities from the taker's side: 1 to 12, no series twice.
    pub legs: Vec<Leg>,
    /// What the taker pays the maker for all of it, 1e-6 quote; below zero the maker pays the taker.
    pub premium_e6: i64,
    /// Sequence the maker's portfolio must have, if its signer insists.
    pub maker_sequence: Option<u64>,
    /// Sequence the taker's portfolio must have, if its signer insists.
    pub taker_sequence: Option<u64>,
    /// Last moment the trade may happen, unix seconds.
    pub deadline: i64,
}

/// Accounts of `trade`. Remaining accounts: those of a valuation of both portfolios and of the legs' markets, which
/// must be writable.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner or delegate of the maker's portfolio.
    pub maker_authority: Signer<'info>,
    /// Owner or delegate of the taker's portfolio.
    pub taker_authority: Signer<'info>,
    /// The exchange; only read, so that trades of different markets run side by side.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The maker's portfolio.
    #[account(mut)]
    pub maker: AccountLoader<'info, Portfolio>,
    /// The taker's portfolio.
    #[account(mut)]
    pub taker: AccountLoader<'info, Portfolio>,
}

/// Fills a trade. Errors: [`BallastError::SelfTrade`], [`BallastError::DeadlinePassed`], those of the legs
/// ([`BallastError::LegCount`], [`BallastError::ZeroQuantity`], [`BallastError::DuplicateLeg`],
/// [`BallastError::Expired`], series that are not listed, open-interest caps), those of a side
/// ([`BallastError::NotOwnerOrDelegate`], [`BallastError::Frozen`], [`BallastError::Sequence`],
/// [`BallastError::IsolatedMarket`]), those of the valuation, and those of a side that can neither bear the trade nor
/// has its risk reduced by it.
pub fn trade<'info>(context: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
    let (accounts, clock) = (&*context.accounts, Clock::get()?);
    require_keys_neq!(accounts.maker.key(), accounts.taker.key(), BallastError::SelfTrade);
    require!(clock.unix_timestamp <= args.deadline, BallastError::DeadlinePassed);
    legs::validate(&args.legs)?;
    let exchange = accounts.exchange.load()?;
    let mut maker = Side::open(MAKER, &accounts.maker)?;
    let mut taker = Side::open(TAKER, &accounts.taker)?;
    let now = clock.unix_timestamp;
    maker.validate(accounts.maker_authority.key, args.maker_sequence, &args.legs, now)?;
    taker.validate(accounts.taker_authority.key, args.taker_sequence, &args.legs, now)?;

    let held = Needed::of(&exchange, &maker.portfolio).and(Needed::of(&exchange, &taker.portfolio));
    let needed = args.legs.iter().fold(held, |needed, leg| needed.with_market(leg.market));
    let valuation =
        Valuation::open(&exchange, needed, context.remaining_accounts, now, Recording::PublishTimes)?;

    let mut desk = Desk::new(&exchange, &valuation, now);
    let (fills, fees_e6) = fill_all(&mut desk, &args.legs, &mut maker.portfolio, &mut taker.portfolio)?;
    let moved = pay(&exchange, &mut maker.portfolio, &mut taker.portfolio, args.premium_e6, fees_e6, now)?;
    let keys = [accounts.maker.key(), accounts.taker.key()];
    let first = args.legs.first().ok_or(BallastError::LegCount)?.market;
    for (key, moved) in keys.into_iter().zip(&moved) {
        keep_cash(&mut valuation.market(first)?.load_mut()?.ledger, key, moved)?;
    }

    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let maker_margin = MarginAfter::from(&maker.conclude(&exchange, &valuation, &mut scratch, &clock)?);
    let taker_margin = MarginAfter::from(&taker.conclude(&exchange, &valuation, &mut scratch, &clock)?);
    emit!(Traded {
        maker: accounts.maker.key(),
        taker: accounts.taker.key(),
        legs: fills,
        premium_e6: args.premium_e6,
        fees_e6,
        maker_margin,
        taker_margin,
    });
    Ok(())
}

/// Fills every leg and sums what each side owes in fees, 1e-6 quote.
fn fill_all(
    desk: &mut Desk,
    legs: &[Leg],
    maker: &mut Portfolio,
    taker: &mut Portfolio,
) -> Result<(Vec<LegFilled>, i64)> {
    let mut fills = Vec::with_capacity(legs.len());
    let mut fees_e6 = 0i64;
    for leg in legs {
        let filled = desk.fill(leg, maker, taker)?;
        fees_e6 = fees_e6.checked_add(filled.fee_e6).ok_or(BallastError::Overflow)?;
        fills.push(filled);
    }
    Ok((fills, fees_e6))
}

/// Premium from taker to maker, fees from both.
fn pay(
    exchange: &Exchange,
    maker: &mut Portfolio,
    taker: &mut Portfolio,
    premium_e6: i64,
    fees_e6: i64,
    now: i64,
) -> Result<[CashMoved; 2]> {
    let received_e6 = premium_e6.checked_sub(fees_e6).ok_or(BallastError::Overflow)?;
    let paid_e6 = premium_e6.checked_add(fees_e6).and_then(i64::checked_neg).ok_or(BallastError::Overflow)?;
    let index = exchange.cash_index();
    Ok([maker.add_cash(received_e6, &index, now)?, taker.add_cash(paid_e6, &index, now)?])
}
