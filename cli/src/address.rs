//! `ballast address`: where the program's accounts live.

use crate::args::AddressOf;
use anchor_lang::prelude::Pubkey;
use ballast_sdk::pda;

/// The address of an account.
#[must_use]
pub fn of(what: &AddressOf) -> Pubkey {
    match what {
        AddressOf::Exchange => pda::exchange(),
        AddressOf::Portfolio { owner, index } => pda::portfolio(owner, *index),
        AddressOf::Vault { mint } => pda::vault(mint),
        AddressOf::VolatilityFeed { market } => pda::volatility_feed(market),
    }
}
