//! The remaining accounts of a valuation: missing, extra, swapped, duplicated and forged ones, each refused by its position.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{
    error::BallastError,
    instructions::{
        CollateralConvertArgs, ExchangeInitArgs, LegWanted, LiquidateLegsArgs, LiquidateSliceArgs,
    },
    state::Portfolio,
};
use ballast_harness::{
    feeds,
    vm::Vm,
    world::{price_address, CollateralSpec, Kind, MarketSpec, Sent, Surface, TEN_TENTEN},
    PriceUpdate, Trader, World,
};
use ballast_sdk::instruction::{
    liquidation::{self, Buyer},
    money, risk, trade, Side,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

const USD_E6: u64 = 1_000_000;
const USD_E8: u64 = 100_000_000;
const MONTH_SECS: i64 = 30 * 86_400;
/// A collateral asset that is no market's underlying.
const GOLD_FEED: [u8; 32] = [0x60; 32];

/// Positions of the remaining accounts of a book with lines in BTC and ETH and gold beside it.
const BTC: usize = 0;
const BTC_PRICE: usize = 1;
const ETH: usize = 2;
const ETH_PRICE: usize = 3;
const GOLD_PRICE: usize = 4;
const PEG_PRICE: usize = 5;
const COUNT: usize = 6;

/// What values the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Valued {
    Check,
    Trade,
    Withdraw,
    Flag,
    Slice,
    Legs,
    End,
    Convert,
}

impl Valued {
    const ALL: [Self; 8] = [
        Self::Check,
        Self::Trade,
        Self::Withdraw,
        Self::Flag,
        Self::Slice,
        Self::Legs,
        Self::End,
        Self::Convert,
    ];

    /// Accounts the instruction names before the valuation's.
    const fn fixed(self) -> usize {
        match self {
            Self::Check | Self::End => 2,
            Self::Flag => 3,
            Self::Slice | Self::Legs => 4,
            Self::Trade => 5,
            Self::Withdraw => 7,
            Self::Convert => 11,
        }
    }
}

struct Book {
    world: World,
    holder: Trader,
    /// Holds the same, and is asked about as if it were flagged and in debt.
    frozen: Trader,
    other: Trader,
    expiry: i64,
}

/// A book in BTC and ETH with gold as collateral, on an exchange that reads its peg; SOL is listed and not held.
fn book() -> Book {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    let args = ExchangeInitArgs { peg_feed_id: feeds::USDC, ..world.exchange_args() };
    world.create_exchange(args).expect("an exchange");
    world.post(PriceUpdate::new(feeds::USDC, 100_000_000, TEN_TENTEN));
    let expiry = TEN_TENTEN + MONTH_SECS;
    for (spec, strike) in [(MarketSpec::btc(), 120_000), (MarketSpec::eth(), 4_000), (MarketSpec::sol(), 200)]
    {
        world.add_market(&spec).expect("a market");
        world.list_expiry(&spec.symbol, expiry, Surface::default(), &[strike * USD_E8]).expect("an expiry");
    }
    world.add_collateral(&CollateralSpec::new("GOLD", GOLD_FEED, 400_000_000_000, 6)).expect("gold");
    let holder = world.funded("holder", 1_000_000 * USD_E6).expect("a holder");
    let other = world.funded("other", 1_000_000 * USD_E6).expect("another");
    world.fund(&holder, "GOLD", 10 * USD_E6).expect("gold");
    let frozen = world.funded("frozen", 1_000_000 * USD_E6).expect("another");
    world.fund(&frozen, "GOLD", 10 * USD_E6).expect("gold");
    let legs = [
        world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, -500_000),
        world.leg("ETH", expiry, 4_000 * USD_E8, Kind::Call, -1_000_000),
    ];
    for trader in [&holder, &frozen] {
        world.trade_at_mark(&other, trader, &legs).expect("a book");
    }
    world.wait(1).expect("a second");
    for asset in ["USDC", "GOLD"] {
        world.give(&other, asset, USD_E6).expect("an account");
    }
    Book { world, holder, frozen, other, expiry }
}

/// The VM with a flag and a debt written into a portfolio, so that every step of a liquidation gets as far as its accounts.
/// Only to simulate in: such books are not true.
fn frozen(world: &World, trader: &Trader) -> Vm {
    let mut vm = world.vm.clone();
    let mut account = vm.account(&trader.portfolio()).expect("a portfolio");
    let portfolio: &mut Portfolio = bytemuck::from_bytes_mut(&mut account.data[8..]);
    (portfolio.frozen, portfolio.cash_e6) = (1, -1_000_000);
    vm.set_account(trader.portfolio(), account);
    vm
}

impl Book {
    fn instruction(&self, valued: Valued) -> Instruction {
        let (world, prices) = (&self.world, self.world.price_accounts());
        let (exchange, portfolio) = (world.exchange(), world.portfolio_of(&self.holder));
        let (other, frozen) = (world.portfolio_of(&self.other), world.portfolio_of(&self.frozen));
        let built = match valued {
            Valued::Check => risk::margin_check(&exchange, &portfolio, &prices),
            Valued::Trade => {
                let leg = world.leg("BTC", self.expiry, 120_000 * USD_E8, Kind::Call, -1_000);
                let args = world.trade_args(&[leg], 0);
                trade::trade(&exchange, Side::owner(&other), Side::owner(&portfolio), &prices, args)
            }
            Valued::Withdraw => {
                let to = world.quote.account_of(&self.holder.pubkey());
                money::withdraw(&exchange, &portfolio, &prices, &world.quote.mint, &to, USD_E6)
            }
            Valued::Flag => {
                liquidation::liquidation_start(&exchange, &world.crank.pubkey(), &portfolio, &prices)
            }
            Valued::Slice => {
                let args = LiquidateSliceArgs {
                    fraction_e9: 1_000_000,
                    fraction_min_e9: 0,
                    book_price_min_e6: i64::MIN,
                    book_price_max_e6: i64::MAX,
                    sequence: None,
                };
                liquidation::liquidate_slice(&exchange, &frozen, Side::owner(&other), &prices, args)
            }
            Valued::Legs => {
                let leg =
                    LegWanted { market: 0, expiry_slot: 0, strike_slot: 0, is_put: false, qty_max_e6: 1_000 };
                let args = LiquidateLegsArgs { legs: vec![leg], cash_min_e6: i64::MIN, sequence: None };
                liquidation::liquidate_legs(&exchange, &frozen, Side::owner(&other), &prices, args)
            }
            Valued::End => liquidation::liquidation_end(&exchange, &frozen, &prices),
            Valued::Convert => {
                let (key, gold) = (self.other.pubkey(), world.token("GOLD"));
                let (source, destination) = (world.quote.account_of(&key), gold.account_of(&key));
                let buyer = Buyer { key, source, destination };
                let args = CollateralConvertArgs { quote_e6: USD_E6, price_max_e8: u64::MAX };
                liquidation::collateral_convert(&exchange, &buyer, &frozen, &gold.mint, &prices, args)
            }
        };
        built.expect("every feed has an account")
    }

    /// Asks with the valuation's accounts changed.
    fn ask(&self, valued: Valued, change: impl FnOnce(&mut Vec<AccountMeta>)) -> Sent {
        let mut instruction = self.instruction(valued);
        let mut remaining = instruction.accounts.split_off(valued.fixed());
        assert_eq!(remaining.len(), COUNT, "{valued:?}");
        change(&mut remaining);
        instruction.accounts.extend(remaining);
        let signers: Vec<&Keypair> = match valued {
            Valued::Check | Valued::Flag | Valued::End => vec![&self.world.crank],
            Valued::Slice | Valued::Legs | Valued::Convert => vec![&self.other.key],
            Valued::Trade => vec![&self.other.key, &self.holder.key],
            Valued::Withdraw => vec![&self.holder.key],
        };
        frozen(&self.world, &self.frozen).simulate(&[instruction], &signers)
    }

    /// Every instruction refuses the change, for this reason and at this position.
    #[track_caller]
    fn refused(&self, error: BallastError, position: usize, change: impl Fn(&mut Vec<AccountMeta>)) {
        for valued in Valued::ALL {
            let rejected = self.ask(valued, &change).expect_err("the accounts are wrong");
            assert!(rejected.is(error), "{valued:?} is refused for {rejected}, not {error}");
            let name = format!("remaining_accounts[{position}]");
            let named = rejected.logs.iter().any(|line| line.contains(&name));
            assert!(named, "{valued:?} does not name {name}\n{}", rejected.logs.join("\n"));
        }
    }
}

/// Goal: the right accounts serve, read-only or writable for a margin check. Method: as the SDK builds them; flag, slice and
/// legs get as far as finding the book healthy.
#[test]
fn the_right_accounts_serve() {
    let book = book();
    for valued in [Valued::Check, Valued::Trade, Valued::Withdraw, Valued::End, Valued::Convert] {
        if let Err(rejected) = book.ask(valued, |_| ()) {
            panic!("{valued:?} is refused: {rejected:?}");
        }
    }
    book.ask(Valued::Check, |remaining| remaining.iter_mut().for_each(|meta| meta.is_writable = true))
        .expect("writable accounts serve too");
    for valued in [Valued::Flag, Valued::Slice, Valued::Legs] {
        let rejected = book.ask(valued, |_| ()).expect_err("healthy");
        assert!(rejected.is(BallastError::Healthy), "{valued:?}: {rejected}");
    }
}

/// Goal: whichever account is missing at the end is named. Method: cut after each.
#[test]
fn a_missing_account_is_named() {
    let book = book();
    for kept in 0..COUNT {
        book.refused(BallastError::AccountMissing, kept, |remaining| remaining.truncate(kept));
    }
}

/// Goal: with one account left out in the middle the next one stands in its place and is refused there. Method: leave out
/// each.
#[test]
fn a_gap_is_found_where_it_is() {
    use BallastError as E;
    let book = book();
    for (left_out, error) in [
        (BTC, E::WrongMarket),
        (BTC_PRICE, E::OracleWrongOwner),
        (ETH, E::WrongMarket),
        (ETH_PRICE, E::OracleWrongFeed),
        (GOLD_PRICE, E::OracleWrongFeed),
        (PEG_PRICE, E::AccountMissing),
    ] {
        book.refused(error, left_out, |remaining| {
            remaining.remove(left_out);
        });
    }
}

/// Goal: an account nobody needs is refused, whatever it is. Method: append a market that is listed and not held, a price
/// that is used already, a stranger.
#[test]
fn an_extra_account_is_named() {
    let book = book();
    let sol = book.world.markets[2].address;
    for extra in [sol, price_address(&feeds::SOL), price_address(&feeds::BTC), Pubkey::new_unique()] {
        book.refused(BallastError::AccountExtra, COUNT, |remaining| {
            remaining.push(AccountMeta::new(extra, false));
        });
    }
}

/// Goal: order counts. Method: swap markets, a market with its price, prices with each other.
#[test]
fn swapped_accounts_are_refused() {
    use BallastError as E;
    let book = book();
    for (one, other, error, position) in [
        (BTC, ETH, E::WrongMarket, BTC),
        (BTC, BTC_PRICE, E::WrongMarket, BTC),
        (BTC_PRICE, ETH_PRICE, E::OracleWrongFeed, BTC_PRICE),
        (ETH_PRICE, GOLD_PRICE, E::OracleWrongFeed, ETH_PRICE),
        (GOLD_PRICE, PEG_PRICE, E::OracleWrongFeed, GOLD_PRICE),
    ] {
        book.refused(error, position, |remaining| remaining.swap(one, other));
    }
    book.refused(E::WrongMarket, BTC, |remaining| remaining.rotate_left(2));
}

/// Goal: one account cannot stand for two. Method: a market twice, a price twice.
#[test]
fn duplicated_accounts_are_refused() {
    use BallastError as E;
    let book = book();
    for (from, to, error) in [
        (BTC, ETH, E::WrongMarket),
        (BTC, BTC_PRICE, E::OracleWrongOwner),
        (BTC_PRICE, ETH_PRICE, E::OracleWrongFeed),
        (BTC_PRICE, PEG_PRICE, E::OracleWrongFeed),
    ] {
        book.refused(error, to, |remaining| remaining[to] = remaining[from].clone());
    }
}

/// Goal: a market is genuine by its address alone. Method: a copy of its bytes elsewhere, owned by the program and by
/// another; a portfolio; a market that is listed under another id.
#[test]
fn a_forged_market_is_refused() {
    let mut book = book();
    let genuine = book.world.vm.account(&book.world.markets[0].address).expect("a market");
    let (copy, stranger) = (Pubkey::new_unique(), Pubkey::new_unique());
    book.world.vm.set_account(copy, genuine.clone());
    book.world.vm.set_account(stranger, solana_account::Account { owner: stranger, ..genuine });
    let (portfolio, sol) = (book.other.portfolio(), book.world.markets[2].address);
    for forged in [copy, stranger, portfolio, sol, Pubkey::new_unique()] {
        book.refused(BallastError::WrongMarket, BTC, |remaining| remaining[BTC].pubkey = forged);
    }
}

/// Goal: prices of the right feed serve from any account, those of a wrong one from none. Method: copies of updates at
/// addresses of nobody's.
#[test]
fn a_price_is_known_by_its_content() {
    let mut book = book();
    let (btc, eth) = (Pubkey::new_unique(), Pubkey::new_unique());
    let update = |book: &Book, symbol| book.world.update(symbol).account();
    book.world.vm.set_account(btc, update(&book, "BTC"));
    book.world.vm.set_account(eth, update(&book, "ETH"));
    book.ask(Valued::Check, |remaining| remaining[BTC_PRICE].pubkey = btc).expect("the same feed");
    book.refused(BallastError::OracleWrongFeed, BTC_PRICE, |remaining| remaining[BTC_PRICE].pubkey = eth);
    book.refused(BallastError::OracleWrongFeed, PEG_PRICE, |remaining| remaining[PEG_PRICE].pubkey = eth);
}

/// Goal: where publish times are recorded a market must be writable, and the market is named. Method: read-only metas.
#[test]
fn a_read_only_market_is_refused_where_times_are_recorded() {
    let book = book();
    for valued in Valued::ALL.into_iter().filter(|valued| *valued != Valued::Check) {
        for place in [BTC, ETH] {
            let sent = book.ask(valued, |remaining| remaining[place].is_writable = false);
            let rejected = sent.expect_err("read-only");
            assert!(rejected.is(BallastError::MarketNotWritable), "{valued:?}: {rejected}");
            let name = format!("remaining_accounts[{place}]");
            assert!(
                rejected.logs.iter().any(|line| line.contains(&name)),
                "{valued:?} names another\n{rejected:?}"
            );
        }
    }
}

/// Goal: a collateral's and the peg's price only move forward where they are recorded. Method: a withdrawal sees new ones,
/// then older ones come.
#[test]
fn collateral_and_peg_prices_only_move_forward() {
    let mut book = book();
    book.world.wait(10).expect("ten seconds");
    let withdraw = book.instruction(Valued::Withdraw);
    let key = book.holder.key.clone();
    book.world.send(&[withdraw], &[&key]).expect("a withdrawal");
    for (feed_id, position) in [(GOLD_FEED, GOLD_PRICE), (feeds::USDC, PEG_PRICE)] {
        let good = book.world.good_update("BTC", 100_000_000).of_feed(feed_id);
        book.world.vm.set_account(price_address(&feed_id), good.aged(1).account());
        book.refused(BallastError::OracleNotMonotonic, position, |_| ());
        book.world.vm.set_account(price_address(&feed_id), good.account());
        book.ask(Valued::Check, |_| ()).expect("the same second serves");
    }
}

/// Goal: a portfolio that owes nothing needs no accounts to withdraw, and names none. Method: one without lines.
#[test]
fn a_withdrawal_without_debts_takes_no_accounts() {
    let mut book = book();
    let free = book.world.funded("free", 10 * USD_E6).expect("a portfolio");
    let mut instruction = {
        let (world, portfolio) = (&book.world, book.world.portfolio_of(&free));
        let (exchange, to) = (world.exchange(), world.quote.account_of(&free.pubkey()));
        money::withdraw(&exchange, &portfolio, &world.price_accounts(), &world.quote.mint, &to, USD_E6)
            .expect("a withdrawal")
    };
    assert_eq!(instruction.accounts.len(), Valued::Withdraw.fixed());
    book.world.vm.simulate(std::slice::from_ref(&instruction), &[&free.key]).expect("no price is asked for");
    let extra = price_address(&feeds::USDC);
    instruction.accounts.push(AccountMeta::new_readonly(extra, false));
    let rejected = book.world.vm.simulate(&[instruction], &[&free.key]).expect_err("nobody needs it");
    assert!(rejected.is(BallastError::AccountExtra), "{rejected}");
}
