//! Rust SDK of Ballast, a clearing house for European, cash-settled options with portfolio margin.
//!
//! - [`pda`]: addresses. [`account`]: stored accounts out of account data, borrowed or copied.
//! - [`instruction`]: one builder for every instruction; each fills in the accounts its portfolios need. [`prices`] holds
//!   which account carries the price update of which feed, and the order in which a valuation wants them.
//! - [`snapshot`]: margin off chain by the program's own engine, equal to the bit, with prices and volatilities overridden
//!   at will. [`search`]: liquidation prices and the largest withdrawal. [`fill`]: what a trade would leave, and the
//!   largest one a portfolio can bear.
//! - [`event`]: the program's events out of logs. [`error`]: its refusals by number.
//!
//! Nothing here talks to a cluster: account data in, instructions and reports out. What fetches and sends is yours.
//!
//! Scales, as everywhere in Ballast: prices `_e8` (1e-8 quote a unit), quantities `_e6` (1e-6 unit), money `_e6` (1e-6
//! quote), ratios and volatilities `_e6`; collateral amounts are base units of their token.
//!
//! # Deposit, and see what it does to the margin
//!
//! ```
//! use ballast_sdk::{account::decode, ballast::state::{Exchange, Portfolio}, instruction::money, pda, snapshot::Snapshot};
//! # fn example(exchange_data: &[u8], portfolio_data: &[u8], now: i64) -> Result<(), Box<dyn std::error::Error>> {
//! let exchange: &Exchange = decode(exchange_data)?;
//! let mut portfolio: Portfolio = *decode(portfolio_data)?;
//! let (owner, usdc) = (portfolio.owner, exchange.quote_mint);
//! let wallet = pda::associated_token(&owner, &usdc, &exchange.quote_token_program);
//! let address = pda::portfolio(&owner, portfolio.index);
//! let deposit = money::deposit(exchange, &owner, &address, &usdc, &wallet, 250_000_000)?;
//! assert_eq!(deposit.accounts[3].pubkey, wallet);
//!
//! portfolio.cash_e6 += 250_000_000;
//! let report = Snapshot::new(exchange, [], now).margin(&portfolio)?;
//! println!("initial margin {}, free {}", report.initial_e6, report.excess_initial_e6);
//! # assert_eq!(report.excess_initial_e6, 250_000_000);
//! # Ok(())
//! # }
//! # use ballast_sdk::{account::Stored, ballast::constants::{ACCOUNT_VERSION, EXCHANGE_DEFAULTS}};
//! # fn data<T: Stored>(account: &T) -> Vec<u64> {
//! #     let bytes = [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat();
//! #     bytemuck::pod_collect_to_vec(&bytes)
//! # }
//! # let mut exchange = bytemuck::zeroed_box::<Exchange>();
//! # (exchange.version, exchange.params) = (ACCOUNT_VERSION, EXCHANGE_DEFAULTS);
//! # let mut portfolio = bytemuck::zeroed_box::<Portfolio>();
//! # portfolio.version = ACCOUNT_VERSION;
//! # example(bytemuck::cast_slice(&data(exchange.as_ref())), bytemuck::cast_slice(&data(portfolio.as_ref())), 1_760_126_400)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A portfolio with options needs its markets and their prices too: `Snapshot::new(exchange, [btc, eth], now)` and
//! [`Snapshot::set_price_update`](snapshot::Snapshot::set_price_update) with the data of each price update account.

#![deny(missing_docs)]

pub mod account;
pub mod error;
pub mod event;
pub mod fill;
pub mod instruction;
pub mod pda;
pub mod prices;
pub mod search;
pub mod snapshot;
#[cfg(test)]
mod testing;

pub use ballast;
pub use ballast_risk::MarginReport;
