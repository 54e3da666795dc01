//! The small commands: help, errors, addresses.

use std::process::{Command, Output};

fn ballast(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ballast")).args(arguments).output().expect("the binary runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = ballast(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Goal: the help says what this is and how to begin. Method: what a newcomer looks for.
#[test]
fn help_helps() {
    let help = printed(&["--help"]);
    for wanted in ["options on Solana", "margin", "errors", "Examples:", "Exit status", "NO_COLOR"] {
        assert!(help.contains(wanted), "{wanted} is not in\n{help}");
    }
    assert!(printed(&["margin", "--help"]).contains("[underlying, expiry, strike, \"C\" or \"P\", quantity]"));
    assert_eq!(ballast(&["no-such-command"]).status.code(), Some(2));
}

/// Goal: an error number of a failed transaction is explained; the table is whole. Method: one, all, none.
#[test]
fn errors_are_explained() {
    let margin = printed(&["errors", "6090"]);
    assert_eq!(margin, "6090  TakerInitialMargin  taker is under initial margin after the trade\n");
    assert_eq!(printed(&["errors", "0x17ca"]), margin);
    assert_eq!(printed(&["errors"]).lines().count(), ballast_sdk::error::ALL.len());
    let unknown = ballast(&["errors", "5999"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).starts_with("ballast: the program has no error 5999"));
}

/// Goal: addresses are the SDK's. Method: each kind.
#[test]
fn addresses_are_the_sdks() {
    let key = ballast::ID;
    let text = key.to_string();
    let line = |address: anchor_lang::prelude::Pubkey| format!("{address}\n");
    assert_eq!(printed(&["program-id"]), line(ballast::ID));
    assert_eq!(printed(&["address", "exchange"]), line(ballast_sdk::pda::exchange()));
    assert_eq!(printed(&["address", "portfolio", &text, "7"]), line(ballast_sdk::pda::portfolio(&key, 7)));
    assert_eq!(printed(&["address", "vault", &text]), line(ballast_sdk::pda::vault(&key)));
    assert_eq!(
        printed(&["address", "volatility-feed", &text]),
        line(ballast_sdk::pda::volatility_feed(&key))
    );
    assert_eq!(ballast(&["address", "vault", "not a key"]).status.code(), Some(2));
}
