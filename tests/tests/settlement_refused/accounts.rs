//! Accounts of the settlement instructions that are missing, twice, locked or not what they say.

use crate::{
    pit::{
        price_account,
        window::{opening, settle_instruction, Window},
    },
    scene::{plant, read_only, refuse_impostors, replaced, Refuses, HOUR_SECS, USD_E8},
};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::{error::BallastError, ID};
use ballast_sdk::{
    instruction::settlement::{settlement_decide, settlement_finalize, settlement_sample},
    pda,
};
use solana_keypair::Keypair;

/// Every instruction about a price, each with a scene in which it would go through, and who signs.
fn prices() -> [(Window, Instruction, Keypair); 3] {
    let (mut sampling, mut closing, mut deciding) = (opening(), opening(), opening());
    sampling.world.vm.advance(60);
    sampling.world.set_price("BTC", 120_000 * USD_E8);
    closing.post_first(0, 120_000);
    let due = deciding.expiry + 24 * HOUR_SECS;
    crate::pit::at(&mut deciding.world, due);
    let exchange = sampling.world.exchange();
    let sample = settlement_sample(&exchange, 0, 0, &sampling.world.price_accounts()).expect("one");
    let first = price_account(&closing.world, "BTC");
    let finalize = settlement_finalize(&exchange, 0, 0, Some(first)).expect("one");
    let decide = settlement_decide(&exchange, 0, 0, 120_000 * USD_E8).expect("one");
    let crank = sampling.world.crank.insecure_clone();
    let authority = deciding.world.risk_authority.insecure_clone();
    [(sampling, sample, crank.insecure_clone()), (closing, finalize, crank), (deciding, decide, authority)]
}

/// Goal: exchange and market are what they say. Method: every kind of impostor in each place of each instruction.
#[test]
fn impostors_are_refused() {
    for (mut window, instruction, signer) in prices() {
        for genuine in [pda::exchange(), window.world.markets[0].address] {
            refuse_impostors(&mut window.world, &instruction, &genuine, &[&signer]);
        }
    }
}

/// Goal: the market must be writable. Method: locked, in each instruction.
#[test]
fn a_locked_market_is_refused() {
    for (mut window, instruction, signer) in prices() {
        let locked = read_only(&instruction, &window.world.markets[0].address);
        window.world.send(&[locked], &[&signer]).refuses(ErrorCode::ConstraintMut);
    }
}

/// Goal: a price is of the market's own feed and by Pyth's receivers. Method: another feed's update, the right bytes
/// under another program, no account at all.
#[test]
fn a_price_is_only_its_own_feeds() {
    for (mut window, instruction, signer) in prices().into_iter().take(2) {
        let genuine = price_account(&window.world, "BTC");
        let eth = price_account(&window.world, "ETH");
        let data = window.world.update("BTC").data();
        let forged = plant(&mut window.world, "forged price", ID, data);
        let absent = ballast_harness::keys::keypair("nowhere");
        use solana_signer::Signer;
        for (other, reason) in [
            (eth, BallastError::OracleWrongFeed),
            (forged, BallastError::OracleWrongOwner),
            (absent.pubkey(), BallastError::OracleWrongOwner),
        ] {
            let spoilt = replaced(&instruction, &genuine, &other);
            window.world.send(&[spoilt], &[&signer]).refuses(reason);
        }
    }
}

/// Goal: a portfolio's settlement names at least one market, each registered, writable and once. Method: none, a copy, a
/// portfolio, the exchange, locked, twice.
#[test]
fn markets_of_a_settlement_are_checked() {
    let mut window = opening();
    window.settle_at(130_000);
    let (portfolio, market) = (window.long.portfolio(), window.world.markets[0].address);
    let crank = window.world.crank.insecure_clone();
    let data = window.world.vm.data(&market);
    let copy = plant(&mut window.world, "copy", ID, data.clone());
    let foreign = plant(&mut window.world, "foreign", ballast_harness::token::SPL_TOKEN, data);
    let cases = [
        (vec![], BallastError::AccountMissing),
        (vec![copy], BallastError::WrongMarket),
        (vec![foreign], BallastError::WrongMarket),
        (vec![portfolio], BallastError::WrongMarket),
        (vec![pda::exchange()], BallastError::WrongMarket),
        (vec![market, copy], BallastError::WrongMarket),
        (vec![market, market], BallastError::NothingToSettle),
    ];
    for (markets, reason) in cases {
        let instruction = settle_instruction(&portfolio, &markets);
        window.world.send(&[instruction], &[&crank]).refuses(reason);
    }
    window.world.vm.set_account(copy, Default::default());
    let good = settle_instruction(&portfolio, &[market]);
    let locked = read_only(&good, &market);
    window.world.send(&[locked], &[&crank]).refuses(ErrorCode::AccountNotMutable);
    let locked = read_only(&good, &portfolio);
    window.world.send(&[locked], &[&crank]).refuses(ErrorCode::ConstraintMut);
    for genuine in [pda::exchange(), portfolio] {
        refuse_impostors(&mut window.world, &good, &genuine, &[&crank]);
    }
    window.world.send(&[good], &[&crank]).expect("the real one");
}
