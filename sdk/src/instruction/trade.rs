//! Trading: several legs between two portfolios, all or nothing.

use super::{build, BuildError, Side};
use crate::{
    pda,
    prices::{valuation_accounts, Markets, PriceAccounts},
};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::{accounts, adapters::prices::Needed, instruction, instructions::TradeArgs, state::Exchange};

/// `trade`: fills the legs between two portfolios. Signers: both sides' authorities.
///
/// # Errors
/// Those of [`valuation_accounts`].
pub fn trade(
    exchange: &Exchange,
    maker: Side,
    taker: Side,
    prices: &PriceAccounts,
    args: TradeArgs,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::Trade {
        maker_authority: maker.authority,
        taker_authority: taker.authority,
        exchange: pda::exchange(),
        maker: maker.address(),
        taker: taker.address(),
    };
    let held = Needed::of(exchange, maker.portfolio).and(Needed::of(exchange, taker.portfolio));
    let needed = args.legs.iter().fold(held, |needed, leg| needed.with_market(leg.market));
    let remaining = valuation_accounts(exchange, needed, prices, Markets::Writable)?;
    Ok(build(&accounts, remaining, &instruction::Trade { args }))
}
