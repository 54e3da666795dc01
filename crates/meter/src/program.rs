//! The entry point: account 0 holds a book, the first byte of the data says what to do; the sum is returned as return data.

use crate::{Book, Part};
use anchor_lang::prelude::{AccountInfo, ProgramError, Pubkey};
use anchor_lang::solana_program::{entrypoint, program::set_return_data};
use ballast_risk::Scratch;

entrypoint!(process);

fn process(_: &Pubkey, accounts: &[AccountInfo], data: &[u8]) -> Result<(), ProgramError> {
    let account = accounts.first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let part = Part::of(*data.first().ok_or(ProgramError::InvalidInstructionData)?);
    let book = Book::from_bytes(&account.try_borrow_data()?).ok_or(ProgramError::InvalidAccountData)?;
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let sum = part.perform(&mut scratch, &book).map_err(|_| ProgramError::InvalidAccountData)?;
    set_return_data(&sum.to_le_bytes());
    Ok(())
}
