//! Sales that are refused: no debt, nothing to sell, a limit, prices, accounts.

use crate::{
    debt_at, offering,
    pit::price_account,
    scene::{
        plant, read_only, refuse_impostors, replaced, unsigned, Refuses, SOL, TOKEN_INSUFFICIENT_FUNDS,
        TOKEN_MINT_MISMATCH, TOKEN_OWNER_MISMATCH, USD_E6, USD_E8,
    },
    Debt,
};
use anchor_lang::{error::ErrorCode, prelude::AccountMeta};
use ballast::{error::BallastError, instructions::CollateralConvertArgs, ID};
use ballast_harness::{
    token::{SPL_TOKEN, TOKEN_2022},
    world::CollateralSpec,
    PriceUpdate, Verdict,
};
use ballast_sdk::pda;

/// Goal: without a debt nothing is for sale. Method: a portfolio with cash, one with none, one whose debt was paid.
#[test]
fn without_a_debt_nothing_is_for_sale() {
    let Debt { mut world, writer, buyer, .. } = debt_at(260);
    let saver = world.funded("saver", 0).expect("a portfolio");
    world.fund(&saver, "SOL", SOL).accepted();
    world.convert(&saver, &buyer, "SOL", USD_E6).refuses(BallastError::NoDebt);
    world.fund(&saver, "USDC", 1).accepted();
    world.convert(&saver, &buyer, "SOL", USD_E6).refuses(BallastError::NoDebt);
    world.convert(&writer, &buyer, "SOL", u64::MAX).accepted();
    world.convert(&writer, &buyer, "SOL", USD_E6).refuses(BallastError::NoDebt);
}

/// Goal: a sale of nothing is refused: no offer, none of the asset, an offer that buys not one base unit. Method: each;
/// the last at an asset dear beyond its decimals.
#[test]
fn a_sale_of_nothing_is_refused() {
    let mut debt = debt_at(260);
    debt.convert(0).refuses(BallastError::ConvertAmount);
    let dear = CollateralSpec::new("DEAR", [0xd0; 32], 1_000_000 * USD_E8, 0);
    debt.world.add_collateral(&dear).accepted();
    debt.world.give(&debt.buyer, "DEAR", 0).accepted();
    let (writer, buyer) = (debt.writer.clone(), debt.buyer.clone());
    debt.world.convert(&writer, &buyer, "DEAR", USD_E6).refuses(BallastError::ConvertAmount);
    debt.world.fund(&writer, "DEAR", 1).accepted();
    debt.world.refresh_prices();
    debt.world.convert(&writer, &buyer, "DEAR", USD_E6).refuses(BallastError::ConvertAmount);
}

/// Goal: a buyer's limit is kept. Method: a unit below the price.
#[test]
fn a_price_above_the_limit_is_refused() {
    let mut debt = debt_at(260);
    for price_max_e8 in [0, 260 * USD_E8 / 1_000 * 995 - 1] {
        let instruction = debt.instruction(CollateralConvertArgs { quote_e6: USD_E6, price_max_e8 });
        debt.send(&instruction).refuses(BallastError::ConvertPriceLimit);
    }
}

/// Goal: the asset's price must be fit for new risk: at an old or uncertain one the buyer would choose it. Method: each
/// limit and what lies beyond.
#[test]
fn uncertain_prices_sell_nothing() {
    type Spoil = fn(PriceUpdate) -> PriceUpdate;
    let cases: [(Spoil, i64, Option<BallastError>); 9] = [
        (|good| good, 60, None),
        (|good| good, 61, Some(BallastError::OracleStale)),
        (|good| good, 301, Some(BallastError::OracleTooOld)),
        (|good| good.wide(200), 0, None),
        (|good| good.wide(201), 0, Some(BallastError::OracleConfidenceWide)),
        (|good| good.wide(501), 0, Some(BallastError::OracleConfidenceUnusable)),
        (|good| good.averaging(220 * USD_E8), 0, None),
        (|good| good.averaging(216 * USD_E8), 0, Some(BallastError::OracleGapWide)),
        (|good| good.averaging(170 * USD_E8), 0, Some(BallastError::OracleGapUnusable)),
    ];
    for (spoil, age_secs, refusal) in cases {
        let mut debt = debt_at(260);
        debt.world.vm.advance(1);
        let good = debt.world.good_update("SOL", 260 * USD_E8);
        debt.world.post(spoil(good));
        debt.world.vm.advance(age_secs);
        match refusal {
            None => drop(debt.convert(USD_E6).accepted()),
            Some(refusal) => drop(debt.convert(USD_E6).refuses(refusal)),
        }
    }
}

/// Goal: mint, vaults and token programs are the ones listed. Method: each replaced by another that is real.
#[test]
fn other_vaults_and_mints_are_refused() {
    let mut debt = debt_at(260);
    let good = debt.instruction(offering(USD_E6));
    let (usdc, sol) = (debt.world.quote.mint, debt.world.token("SOL").mint);
    let (quote_vault, vault) = (pda::vault(&usdc), pda::vault(&sol));
    let own = debt.world.token("SOL").account_of(&debt.buyer.pubkey());
    let own_quote = debt.world.quote.account_of(&debt.buyer.pubkey());
    // By place: 4 quote vault, 5 quote mint, 6 its program, 8 vault, 9 mint, 10 its program.
    for (place, other, reason) in [
        (4, own_quote, BallastError::WrongVault),
        (4, vault, BallastError::WrongVault),
        (5, sol, BallastError::WrongMint),
        (6, TOKEN_2022, BallastError::WrongTokenProgram),
        (8, own, BallastError::WrongVault),
        (8, quote_vault, BallastError::WrongVault),
        (9, usdc, BallastError::WrongMint),
        (9, own, BallastError::WrongMint),
        (10, TOKEN_2022, BallastError::WrongTokenProgram),
    ] {
        let mut spoilt = good.clone();
        spoilt.accounts[place].pubkey = other;
        debt.send(&spoilt).refuses(reason);
    }
    let mut into_vault = good.clone();
    into_vault.accounts[7].pubkey = vault;
    debt.send(&into_vault).refuses(BallastError::AliasedAccounts);
    assert_eq!(good.accounts[10].pubkey, SPL_TOKEN);
}

/// Goal: the buyer pays from an account of theirs that has the money, into one of the right mint. Method: too little,
/// somebody else's, the wrong mint on both ends, the vault itself.
#[test]
fn a_buyer_pays_with_their_own_money() {
    let mut debt = debt_at(260);
    let (writer, poor) = (debt.writer.clone(), debt.world.funded("poor", 0).expect("a trader"));
    debt.world.give(&poor, "USDC", USD_E6 - 1).accepted();
    debt.world.give(&poor, "SOL", 1).accepted();
    debt.world.convert(&writer, &poor, "SOL", USD_E6).refused_with(TOKEN_INSUFFICIENT_FUNDS);
    debt.world.give(&poor, "USDC", USD_E6).accepted();
    debt.world.give(&debt.buyer, "SOL", SOL).accepted();
    let good = debt.instruction(offering(USD_E6));
    let own = debt.world.token("SOL").account_of(&debt.buyer.pubkey());
    let own_quote = debt.world.quote.account_of(&debt.buyer.pubkey());
    let quote_vault = pda::vault(&debt.world.quote.mint);
    let others = debt.world.quote.account_of(&poor.pubkey());
    for (place, other, number) in [
        (3, others, TOKEN_OWNER_MISMATCH),
        (3, own, TOKEN_MINT_MISMATCH),
        (3, quote_vault, TOKEN_OWNER_MISMATCH),
        (7, own_quote, TOKEN_MINT_MISMATCH),
    ] {
        let mut spoilt = good.clone();
        spoilt.accounts[place].pubkey = other;
        debt.send(&spoilt).refused_with(number);
    }
}

/// Goal: the buyer signs. Method: the signature taken away.
#[test]
fn a_buyer_signs() {
    let mut debt = debt_at(260);
    let instruction = unsigned(&debt.instruction(offering(USD_E6)), &debt.buyer.pubkey());
    let crank = debt.world.crank.insecure_clone();
    debt.world.send(&[instruction], &[&crank]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: exchange and portfolio are what they say. Method: every kind of impostor in each place.
#[test]
fn impostors_are_refused() {
    let mut debt = debt_at(260);
    let instruction = debt.instruction(offering(USD_E6));
    let key = debt.buyer.key.clone();
    for genuine in [pda::exchange(), debt.writer.portfolio()] {
        refuse_impostors(&mut debt.world, &instruction, &genuine, &[&key]);
    }
}

/// Goal: the accounts of the valuation are those needed, in their place. Method: none, one, one too many, swapped,
/// copied, locked.
#[test]
fn accounts_of_the_valuation_are_checked() {
    let mut debt = debt_at(260);
    let good = debt.instruction(offering(USD_E6));
    let named = good.accounts.len() - 2;
    let refuse = |debt: &mut Debt, spoilt: &_, reason: BallastError, position: usize| {
        let rejected = debt.send(spoilt).refuses(reason);
        assert_eq!(rejected.account, Some(format!("remaining_accounts[{position}]")));
    };
    for left in [0, 1] {
        let mut short = good.clone();
        short.accounts.truncate(named + left);
        refuse(&mut debt, &short, BallastError::AccountMissing, left);
    }
    let mut long = good.clone();
    long.accounts.push(AccountMeta::new(debt.world.markets[0].address, false));
    refuse(&mut debt, &long, BallastError::AccountExtra, 2);
    let mut swapped = good.clone();
    swapped.accounts.swap(named, named + 1);
    refuse(&mut debt, &swapped, BallastError::WrongMarket, 0);
    let market = debt.world.markets[2].address;
    refuse(&mut debt, &read_only(&good, &market), BallastError::MarketNotWritable, 0);
    let btc = price_account(&debt.world, "BTC");
    let sol = price_account(&debt.world, "SOL");
    refuse(&mut debt, &replaced(&good, &sol, &btc), BallastError::OracleWrongFeed, 1);
    let data = debt.world.vm.data(&market);
    let copy = plant(&mut debt.world, "copy", ID, data);
    refuse(&mut debt, &replaced(&good, &market, &copy), BallastError::WrongMarket, 0);
}

/// Goal: a sale that would leave less in the vault than is owed out of it is refused. Method: a base unit leaves the vault
/// behind the program's back; then it is back.
#[test]
fn a_vault_below_its_claims_sells_nothing() {
    const AMOUNT: std::ops::Range<usize> = 64..72;
    let mut debt = debt_at(260);
    let vault = debt.world.exchange().collaterals[0].vault;
    let whole = debt.world.vm.account(&vault).expect("a vault");
    let mut short = whole.clone();
    short.data[AMOUNT].copy_from_slice(&(debt.world.vault("SOL") - 1).to_le_bytes());
    debt.world.vm.set_account(vault, short);
    debt.convert(USD_E6).refuses(BallastError::VaultBelowClaims);
    debt.world.vm.set_account(vault, whole);
    debt.convert(USD_E6).accepted();
}
