//! The command line, and the help that explains it.

use anchor_lang::prelude::Pubkey;
use clap::{Parser, Subcommand};

const ABOUT: &str = "Ballast: a clearing house for options on Solana";

const LONG_ABOUT: &str = "\
Ballast clears European, cash-settled options on Solana, margined per portfolio: one
margin for everything a trader holds, computed on chain from 35 scenarios, so that a
covered call, a condor or a calendar needs what it can lose and no more.

This tool needs no wallet and no network. It computes margin offline with the engine
that runs on chain, shows the whole protocol at work in an in-process Solana VM, and
looks up what a client needs: addresses and error numbers.";

const DEMO_EXAMPLES: &str = "
  ballast demo                          the fall of 10 October 2025 on the shipped program
  ballast demo --json | jq .vaults      the same for machines";

const EXAMPLES: &str = "
  ballast margin book.json              what a book must hold, line by line
  ballast margin --json - < book.json   every number the engine has, as JSON
  ballast errors 6090                   what a failed transaction's Custom(6090) means
  ballast address portfolio OWNER 0     where a portfolio lives

Exit status: 0 it worked, 1 it did not (standard error says why), 2 wrong usage.
Colours are for terminals; NO_COLOR=1 turns them off.";

/// Examples of the commands this build has.
fn examples() -> String {
    let demo = if cfg!(feature = "embedded") { DEMO_EXAMPLES } else { "" };
    format!("Examples:{demo}{EXAMPLES}")
}

const MARGIN_ABOUT: &str = "\
Computes the margin of one book, offline, with the engine that runs on chain.

The report gives equity as it counts, the requirement line by line with the worst
scenario in words, the three excesses and what they mean, prices and Greeks of every
leg, the loss in each of the 35 scenarios, and for a book in trouble what a liquidator
could take. Money is in the quote currency.";

const MARGIN_FORMAT: &str = "\
A case is a JSON object of integers: prices at 1e-8, quantities, money, volatilities and
ratios at 1e-6, times in seconds. `exchange` and `params` hold the model's parameters,
`underlyings` prices, volatilities and expiries, `portfolio` cash, collateral and legs
`[underlying, expiry, strike, \"C\" or \"P\", quantity]`. crates/case/cases has over a
hundred to start from; fields beyond those (`expect`) are ignored.

Examples:
  ballast margin crates/case/cases/strategy_covered_call.json
  ballast margin --json book.json | jq '.excess'";

#[cfg(feature = "embedded")]
const DEMO_ABOUT: &str = "\
Runs the shipped program in an in-process Solana VM through the evening of 10 October
2025, when Bitcoin fell 12 % in half an hour: deposits, four trades, one refused for
margin, the fall in steps, a naked strangle liquidated slice by slice until it is safe,
an expiry settled at its time-weighted price, and whose every unit in the vaults is.

Prices are Binance spot of that evening; the screen says which. Every line shows what it
cost in compute units and what it did to margin. The exit status is not 0 if anything
fails to hold. BALLAST_PROGRAM names another binary than the one in the repository.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "ballast", version, about = ABOUT, long_about = LONG_ABOUT, after_help = examples())]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compute the margin of a book, offline
    #[command(long_about = MARGIN_ABOUT, after_help = MARGIN_FORMAT)]
    Margin {
        /// Case file, or - for standard input
        #[arg(value_name = "CASE.json")]
        file: String,
        /// Print every number as JSON: the `expect` object of the case format
        #[arg(long)]
        json: bool,
    },
    /// Show the protocol at work on a real market fall
    #[cfg(feature = "embedded")]
    #[command(long_about = DEMO_ABOUT)]
    Demo {
        /// Print one JSON document instead of the story (progress goes to standard error)
        #[arg(long)]
        json: bool,
        /// No colours, even on a terminal
        #[arg(long)]
        plain: bool,
    },
    /// List the program's errors, or explain one
    Errors {
        /// Number (6090 or 0x17ca) or name (TakerInitialMargin); all without it
        #[arg(value_name = "NUMBER")]
        number: Option<String>,
    },
    /// Print the program's address
    ProgramId,
    /// Print the address of one of the program's accounts
    Address {
        /// Which account
        #[command(subcommand)]
        what: AddressOf,
    },
}

/// An account with an address of its own.
#[derive(Debug, Clone, Subcommand)]
pub enum AddressOf {
    /// The one exchange
    Exchange,
    /// An owner's portfolio
    Portfolio {
        /// The owner
        owner: Pubkey,
        /// Index of the portfolio among the owner's
        #[arg(default_value_t = 0)]
        index: u16,
    },
    /// The vault of a mint
    Vault {
        /// The mint
        mint: Pubkey,
    },
    /// The volatility feed of a market
    VolatilityFeed {
        /// The market
        market: Pubkey,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Goal: the command line is consistent. Method: clap's own check.
    #[test]
    fn command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
