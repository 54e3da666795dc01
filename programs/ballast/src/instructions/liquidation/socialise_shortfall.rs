//! `socialise_shortfall`: anyone writes the open shortfall into the cash index. Every positive balance bears its share, to
//! the unit and no more; then withdrawals go on.
//!
//! First come the fees of all markets and whatever insurance has by now. Every market is named, because each may keep a part
//! of the house's sums, and no settled expiry may have lines left: whoever has won must be in cash like everybody else, not
//! wait in an escrow for others to bear the loss.

use crate::{
    error::BallastError,
    events::ShortfallSocialised,
    state::{Exchange, Market, EXPIRY_SETTLED},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    insurance::Fund,
    losses::{cover, Shared},
};

/// Accounts of `socialise_shortfall`. Remaining accounts: every market in the order of their ids, writable.
#[derive(Accounts)]
pub struct SocialiseShortfall<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}

/// Shares the shortfall. Errors: [`BallastError::NoShortfall`], [`BallastError::SettlementsOpen`],
/// [`BallastError::NothingToShare`], [`BallastError::AccountMissing`], [`BallastError::AccountExtra`],
/// [`BallastError::WrongMarket`].
pub fn socialise_shortfall<'info>(context: Context<'info, SocialiseShortfall<'info>>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut exchange = context.accounts.exchange.load_mut()?;
    let shortfall_before_e6 = exchange.shortfall_e6;
    require!(shortfall_before_e6 > 0, BallastError::NoShortfall);
    let markets = walk(&exchange, context.remaining_accounts)?;

    let mut fund = exchange.fund();
    let swept = sweep(&markets, &mut fund, now)?;
    let covered = cover(&mut fund, shortfall_before_e6);
    exchange.set_fund(&fund);
    exchange.shortfall_e6 = covered.shortfall_e6;
    let debts_e6 = swept.debts_e6.checked_add(exchange.ledger.debts_e6).ok_or(BallastError::Overflow)?;
    let cash_e6 = exchange.totals(debts_e6).positive_cash_e6().ok_or(BallastError::Overflow)?;
    let mut borne_e6 = 0;
    if covered.shortfall_e6 > 0 {
        let shared = exchange.cash_index().share(cash_e6, covered.shortfall_e6);
        let shared = shared.ok_or(BallastError::NothingToShare)?;
        write_index(&mut exchange, &shared, now)?;
        borne_e6 = shared.borne_e6;
    }
    emit!(ShortfallSocialised {
        shortfall_before_e6,
        fees_e6: swept.fees_e6,
        insurance_paid_e6: covered.insurance_e6,
        borne_e6,
        cash_e6,
        cash_index_e12: exchange.cash_index_e12,
        cash_generation: exchange.cash_generation,
        shortfall_e6: exchange.shortfall_e6,
    });
    Ok(())
}

/// The markets, all of them, each at its place.
fn walk<'info>(
    exchange: &Exchange,
    accounts: &'info [AccountInfo<'info>],
) -> Result<Vec<AccountLoader<'info, Market>>> {
    let count = usize::from(exchange.market_count);
    require!(accounts.len() >= count, BallastError::AccountMissing);
    require!(accounts.len() == count, BallastError::AccountExtra);
    let mut markets = Vec::with_capacity(count);
    for (account, registered) in accounts.iter().zip(&exchange.markets) {
        require_keys_eq!(*account.key, *registered, BallastError::WrongMarket);
        markets.push(AccountLoader::try_from(account)?);
    }
    Ok(markets)
}

/// What the markets gave.
#[derive(Default)]
struct Swept {
    /// Fees that went to insurance, 1e-6 quote.
    fees_e6: i64,
    /// Debts kept in the markets, 1e-6 quote.
    debts_e6: i64,
}

/// Moves the fees of all markets to insurance and sums the debts they keep.
fn sweep(markets: &[AccountLoader<Market>], fund: &mut Fund, now: i64) -> Result<Swept> {
    let mut swept = Swept::default();
    for market in markets {
        let mut market = market.load_mut()?;
        let waiting =
            market.expiries.iter().any(|expiry| expiry.status == EXPIRY_SETTLED && expiry.open_lines > 0);
        require!(!waiting, BallastError::SettlementsOpen);
        let (fees_e6, debts_e6) = (market.fees_e6, market.ledger.debts_e6);
        fund.contribute(fees_e6, now).ok_or(BallastError::Overflow)?;
        market.fees_e6 = 0;
        swept.fees_e6 = swept.fees_e6.checked_add(fees_e6).ok_or(BallastError::Overflow)?;
        swept.debts_e6 = swept.debts_e6.checked_add(debts_e6).ok_or(BallastError::Overflow)?;
    }
    Ok(swept)
}

/// Writes the index, and what it took of balances that will be touched one by one.
fn write_index(exchange: &mut Exchange, shared: &Shared, now: i64) -> Result<()> {
    let overflow = || error!(BallastError::Overflow);
    exchange.cash_index_e12 = shared.index.index_e12;
    exchange.cash_generation = shared.index.generation;
    let ledger = &mut exchange.ledger;
    ledger.uncollected_e6 = ledger.uncollected_e6.checked_add(shared.taken_e6).ok_or_else(overflow)?;
    exchange.shortfall_e6 = exchange.shortfall_e6.checked_sub(shared.borne_e6).ok_or_else(overflow)?;
    exchange.socialised_e6 = exchange.socialised_e6.checked_add(shared.borne_e6).ok_or_else(overflow)?;
    exchange.socialised_count = exchange.socialised_count.saturating_add(1);
    let mut fund = exchange.fund();
    fund.contribute(shared.surplus_e6, now).ok_or_else(overflow)?;
    exchange.set_fund(&fund);
    Ok(())
}
