//! Stored accounts out of account data, without copying.
//!
//! [`decode`] borrows: the struct is the bytes after the discriminator, so a keeper that holds account data reads it in
//! place. It needs the data aligned to 8 bytes after the 8-byte discriminator, which an allocation of its own has; a slice
//! out of a larger buffer may not, and [`decode_copy`] takes any.

use anchor_lang::Discriminator;
use ballast::{
    constants::ACCOUNT_VERSION,
    state::{Exchange, InsuranceStake, Market, Portfolio, VolatilityFeed},
};
use bytemuck::{Pod, PodCastError};
use core::{fmt, mem::size_of};

/// Bytes before the struct: Anchor's discriminator.
const DISCRIMINATOR_LEN: usize = 8;

/// A struct that the program stores as an account.
pub trait Stored: Pod + Discriminator {
    /// Name of the account in messages.
    const NAME: &'static str;
    /// Size of the account's data.
    const SIZE: usize = DISCRIMINATOR_LEN + size_of::<Self>();
    /// Layout version in the account.
    fn version(&self) -> u8;
}

macro_rules! stored {
    ($($kind:ident),+) => {
        $(impl Stored for $kind {
            const NAME: &'static str = stringify!($kind);
            fn version(&self) -> u8 {
                self.version
            }
        })+
    };
}
stored!(Exchange, InsuranceStake, Market, Portfolio, VolatilityFeed);

/// Why account data is not the account asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountError {
    /// The data is shorter than the account.
    TooShort {
        /// The account asked for.
        account: &'static str,
        /// Bytes it has.
        needed: usize,
        /// Bytes given.
        given: usize,
    },
    /// The data is another account's.
    WrongDiscriminator {
        /// The account asked for.
        account: &'static str,
        /// The first bytes of the data.
        found: [u8; DISCRIMINATOR_LEN],
    },
    /// The data is not aligned to 8 bytes after the discriminator; [`decode_copy`] takes it.
    Misaligned {
        /// The account asked for.
        account: &'static str,
    },
    /// The layout is of a version this crate does not know.
    WrongVersion {
        /// The account asked for.
        account: &'static str,
        /// Version in the data.
        found: u8,
    },
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { account, needed, given } => {
                write!(f, "{account} has {needed} bytes, the data only {given}")
            }
            Self::WrongDiscriminator { account, found } => {
                write!(f, "data is not a {account}: it begins with {found:02x?}")
            }
            Self::Misaligned { account } => {
                write!(f, "data of the {account} is not aligned to 8 bytes; decode a copy instead")
            }
            Self::WrongVersion { account, found } => {
                write!(f, "{account} has layout version {found}, this crate knows version {ACCOUNT_VERSION}")
            }
        }
    }
}

impl std::error::Error for AccountError {}

/// Whether the data begins as an account of this kind does.
#[must_use]
pub fn is<T: Stored>(data: &[u8]) -> bool {
    data.starts_with(T::DISCRIMINATOR)
}

/// The account in the data, borrowed. Bytes after it are ignored: a later version may have more.
///
/// # Errors
/// Every [`AccountError`].
pub fn decode<T: Stored>(data: &[u8]) -> Result<&T, AccountError> {
    let account: &T = bytemuck::try_from_bytes(body::<T>(data)?).map_err(|error| match error {
        PodCastError::TargetAlignmentGreaterAndInputNotAligned => {
            AccountError::Misaligned { account: T::NAME }
        }
        // The body was cut to size, so the alignment is all that can be wrong.
        _ => AccountError::TooShort { account: T::NAME, needed: T::SIZE, given: data.len() },
    })?;
    require_version(account)?;
    Ok(account)
}

/// The account in the data, copied to the heap; takes data of any alignment.
///
/// # Errors
/// Every [`AccountError`] but [`AccountError::Misaligned`].
pub fn decode_copy<T: Stored>(data: &[u8]) -> Result<Box<T>, AccountError> {
    let body = body::<T>(data)?;
    let mut account = bytemuck::zeroed_box::<T>();
    bytemuck::bytes_of_mut(account.as_mut()).copy_from_slice(body);
    require_version(account.as_ref())?;
    Ok(account)
}

/// The bytes of the struct: after the discriminator, cut to size.
fn body<T: Stored>(data: &[u8]) -> Result<&[u8], AccountError> {
    let short = AccountError::TooShort { account: T::NAME, needed: T::SIZE, given: data.len() };
    let found = *data.first_chunk::<DISCRIMINATOR_LEN>().ok_or(short)?;
    if !is::<T>(data) {
        return Err(AccountError::WrongDiscriminator { account: T::NAME, found });
    }
    data.get(DISCRIMINATOR_LEN..T::SIZE).ok_or(short)
}

fn require_version<T: Stored>(account: &T) -> Result<(), AccountError> {
    match account.version() {
        ACCOUNT_VERSION => Ok(()),
        found => Err(AccountError::WrongVersion { account: T::NAME, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// Data of a portfolio with some cash, aligned.
    fn data() -> Vec<u64> {
        let mut portfolio = Portfolio::zeroed();
        portfolio.version = ACCOUNT_VERSION;
        portfolio.cash_e6 = -7;
        let bytes = [Portfolio::DISCRIMINATOR, bytemuck::bytes_of(&portfolio)].concat();
        bytemuck::pod_collect_to_vec(&bytes)
    }

    /// Goal: what was stored is read in place. Method: encode, decode, compare addresses.
    #[test]
    fn decodes_in_place() {
        let words = data();
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        let portfolio: &Portfolio = decode(bytes).unwrap();
        assert_eq!(portfolio.cash_e6, -7);
        assert_eq!(std::ptr::from_ref(portfolio).cast::<u8>(), bytes[8..].as_ptr());
    }

    /// Goal: unaligned data is refused in place and taken as a copy. Method: shift by one byte.
    #[test]
    fn copies_unaligned_data() {
        let words = data();
        let mut shifted = vec![0u64; words.len() + 1];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut shifted);
        bytes[1..=words.len() * 8].copy_from_slice(bytemuck::cast_slice(&words));
        assert_eq!(
            decode::<Portfolio>(&bytes[1..]).unwrap_err(),
            AccountError::Misaligned { account: "Portfolio" }
        );
        assert_eq!(decode_copy::<Portfolio>(&bytes[1..]).unwrap().cash_e6, -7);
    }

    /// Goal: every other defect has its own error. Method: spoil one thing at a time.
    #[test]
    fn refuses_with_reason() {
        let mut words = data();
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        let needed = Portfolio::SIZE;
        let short = |given| AccountError::TooShort { account: "Portfolio", needed, given };
        assert_eq!(decode::<Portfolio>(&bytes[..needed - 1]).unwrap_err(), short(needed - 1));
        assert_eq!(decode::<Portfolio>(&bytes[..3]).unwrap_err(), short(3));
        assert!(matches!(decode::<Market>(bytes).unwrap_err(), AccountError::WrongDiscriminator { .. }));
        bytes[8] = 9;
        let found = AccountError::WrongVersion { account: "Portfolio", found: 9 };
        assert_eq!(decode::<Portfolio>(bytes).unwrap_err(), found);
    }
}
