//! Moving tokens into and out of vaults, through whichever token program the asset belongs to.
//!
//! Both programs keep an account's amount at the same place. What a transfer brought is what the vault's amount says
//! afterwards, never what was asked for: a mint may take a fee.

use crate::{error::BallastError, state::Exchange};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, TransferChecked};

/// Offset of `amount` in a token account of either program.
const AMOUNT_OFFSET: usize = 64;

/// The accounts of one transfer. The caller has checked vault, mint and token program against what the exchange stores;
/// the token program checks the other side.
pub struct Transfer<'a, 'info> {
    /// SPL Token or Token-2022, as stored for the asset.
    pub token_program: &'a AccountInfo<'info>,
    /// Mint of the asset.
    pub mint: &'a AccountInfo<'info>,
    /// Decimals of the mint.
    pub decimals: u8,
    /// The exchange's vault.
    pub vault: &'a AccountInfo<'info>,
    /// The user's token account.
    pub user: &'a AccountInfo<'info>,
}

impl<'info> Transfer<'_, 'info> {
    /// Takes `amount` base units from the user, who signs, and says what the vault received.
    /// Errors: the token program's, and [`BallastError::NothingReceived`].
    pub fn receive(&self, authority: &AccountInfo<'info>, amount: u64) -> Result<u64> {
        let before = token_amount(self.vault)?;
        self.transfer(self.user, self.vault, authority, amount, &[])?;
        let received = token_amount(self.vault)?.checked_sub(before).ok_or(BallastError::VaultBelowClaims)?;
        require!(received > 0, BallastError::NothingReceived);
        Ok(received)
    }

    /// Sends `amount` base units from the vault to the user; the exchange signs. Exactly `amount` leaves the vault; a
    /// transfer fee is the receiver's. `exchange` must not be borrowed.
    /// Errors: the token program's, and [`BallastError::VaultBelowClaims`].
    pub fn send(&self, exchange: &AccountInfo<'info>, exchange_bump: u8, amount: u64) -> Result<()> {
        require_keys_neq!(*self.user.key, *self.vault.key, BallastError::AliasedAccounts);
        let before = token_amount(self.vault)?;
        let seeds = Exchange::signer_seeds(&exchange_bump);
        self.transfer(self.vault, self.user, exchange, amount, &[&seeds])?;
        let sent = before.checked_sub(token_amount(self.vault)?);
        require!(sent == Some(amount), BallastError::VaultBelowClaims);
        Ok(())
    }

    fn transfer(
        &self,
        from: &AccountInfo<'info>,
        to: &AccountInfo<'info>,
        authority: &AccountInfo<'info>,
        amount: u64,
        signer: &[&[&[u8]]],
    ) -> Result<()> {
        let accounts = TransferChecked {
            from: from.clone(),
            mint: self.mint.clone(),
            to: to.clone(),
            authority: authority.clone(),
        };
        let context = CpiContext::new_with_signer(*self.token_program.key, accounts, signer);
        token_interface::transfer_checked(context, amount, self.decimals)
    }
}

/// The amount of a token account of either program, base units.
/// Errors: [`BallastError::WrongVault`] for an account too short to be one.
pub fn token_amount(account: &AccountInfo) -> Result<u64> {
    let data = account.try_borrow_data()?;
    let bytes = data.get(AMOUNT_OFFSET..).and_then(|rest| rest.first_chunk::<8>());
    Ok(u64::from_le_bytes(*bytes.ok_or(BallastError::WrongVault)?))
}
