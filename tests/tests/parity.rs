//! INV-9: program and SDK agree to the bit.

use ballast_harness::{pyth::PriceUpdate, vm::Vm, world::price_address, Outcome, Rejected};
use ballast_risk::{FLAG_PRICE_STALE, FLAG_VOL_STALE, NO_FLOOR_E6};
use ballast_sdk::{
    account::decode_copy,
    ballast::{
        adapters::oracle::Action,
        state::{Market, Portfolio},
    },
    error::Refusal,
    instruction::risk::margin_check,
    pda,
    prices::PriceAccounts,
    snapshot::Snapshot,
    MarginReport,
};
use ballast_tests::random_books::{stored, RandomBook};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{env, ops::Range, thread};

/// Books that are compared; `BALLAST_CASES=100` makes it 100,000.
const BOOKS: u64 = 1_000;
/// Seeds of the books that are compared: the first is this; `BALLAST_SEED=7` takes others.
const FIRST_SEED: u64 = 20_251_010;

/// How often something that could go wrong was part of a book that has a margin.
#[derive(Debug, Default)]
struct Seen {
    margins: u32,
    refusals: u32,
    above_48_lines: u32,
    stale_price: u32,
    stale_volatility: u32,
    bounded: u32,
    liquidatable: u32,
    collateral: u32,
    several_underlyings: u32,
}

/// Goal: whatever the book, `margin_check` returns and stores the very bytes that the SDK computes natively, or both refuse
/// for the same reason. Method: a thousand random exchanges, written into the VM as accounts; the seed names the book. Every
/// core takes a share of the seeds.
#[test]
fn program_and_sdk_agree_on_random_books() {
    let seeds = seeds();
    let workers = thread::available_parallelism().map_or(1, usize::from) as u64;
    let share = (seeds.end - seeds.start).div_ceil(workers);
    let mut seen = Seen::default();
    thread::scope(|scope| {
        let starts = seeds.clone().step_by(usize::try_from(share).expect("a share"));
        let parts: Vec<_> =
            starts.map(|first| scope.spawn(move || compared(first..seeds.end.min(first + share)))).collect();
        for part in parts {
            // A worker that failed has said which book it was.
            seen.add(&part.join().expect("equal reports"));
        }
    });
    seen.require(seeds.end - seeds.start);
}

/// The seeds that the environment asks for.
fn seeds() -> Range<u64> {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let first = FIRST_SEED + (number("BALLAST_SEED").unwrap_or(0) << 32);
    first..first + BOOKS * number("BALLAST_CASES").unwrap_or(1).max(1)
}

/// Compares the books of some seeds; says what was in them.
fn compared(seeds: Range<u64>) -> Seen {
    let crank = Keypair::new_from_array([3; 32]);
    let mut seen = Seen::default();
    for seed in seeds {
        let book = RandomBook::new(seed);
        let native = natively(&book);
        let (chain, kept) = on_chain(&book, &crank);
        match (native, chain) {
            (Ok(report), Ok(outcome)) => {
                let bytes = bytemuck::bytes_of(&report);
                assert_eq!(outcome.return_data, bytes, "book {seed} returns other bytes than {report:?}");
                assert_eq!(bytemuck::bytes_of(&kept.report), bytes, "book {seed} stores other bytes");
                seen.note(&book, &report);
            }
            (Err(refusal), Err(rejected)) => {
                assert_eq!(rejected.number, Some(refusal.number), "book {seed}: {refusal} but {rejected}");
                seen.refusals += 1;
            }
            (native, chain) => panic!("book {seed}: natively {native:?}, on chain {chain:?}"),
        }
    }
    seen
}

/// Margin as a keeper would compute it: is every price usable for looking, then the engine.
fn natively(book: &RandomBook) -> Result<MarginReport, Refusal> {
    let mut snapshot = Snapshot::new(&book.exchange, book.markets.iter().map(Box::as_ref), book.now);
    for update in &book.updates {
        snapshot.set_price_update(&update.feed_id, &update.data())?;
    }
    snapshot.require(&book.portfolio, Action::ReduceRisk)?;
    snapshot.margin(&book.portfolio)
}

/// The same in the VM, and the portfolio it leaves.
fn on_chain(book: &RandomBook, crank: &Keypair) -> (Result<Outcome, Box<Rejected>>, Box<Portfolio>) {
    let mut vm = Vm::start(book.now).expect("the program loads");
    vm.airdrop(&crank.pubkey(), 1_000_000_000);
    vm.set_account(pda::exchange(), stored(book.exchange.as_ref()));
    for (market, address) in book.markets.iter().zip(&book.exchange.markets) {
        vm.set_account(*address, stored::<Market>(market));
    }
    let address = pda::portfolio(&book.portfolio.owner, book.portfolio.index);
    vm.set_account(address, stored(book.portfolio.as_ref()));
    for update in &book.updates {
        vm.set_account(price_address(&update.feed_id), update.account());
    }
    let of = |update: &PriceUpdate| (update.feed_id, price_address(&update.feed_id));
    let prices: PriceAccounts = book.updates.iter().map(of).collect();
    let check = margin_check(&book.exchange, &book.portfolio, &prices).expect("every price is there");
    let sent = vm.send(&[check], &[crank]);
    (sent, decode_copy(&vm.data(&address)).expect("a portfolio"))
}

impl Seen {
    fn note(&mut self, book: &RandomBook, report: &MarginReport) {
        let portfolio = &book.portfolio;
        self.margins += 1;
        self.above_48_lines += u32::from(portfolio.line_count > 48);
        self.stale_price += u32::from(report.flags & FLAG_PRICE_STALE != 0);
        self.stale_volatility += u32::from(report.flags & FLAG_VOL_STALE != 0);
        self.bounded += u32::from(report.floor_maintenance_e6 != NO_FLOOR_E6);
        self.liquidatable += u32::from(report.excess_maintenance_e6 < 0);
        self.collateral += u32::from(report.collateral_mark_e6 > 0);
        self.several_underlyings += u32::from(portfolio.market_bits(&book.exchange).count_ones() > 2);
    }

    fn add(&mut self, other: &Self) {
        self.margins += other.margins;
        self.refusals += other.refusals;
        self.above_48_lines += other.above_48_lines;
        self.stale_price += other.stale_price;
        self.stale_volatility += other.stale_volatility;
        self.bounded += other.bounded;
        self.liquidatable += other.liquidatable;
        self.collateral += other.collateral;
        self.several_underlyings += other.several_underlyings;
    }

    /// The books are not so many empty ones: nearly all have a margin, and one in twenty everything that could go wrong.
    fn require(&self, books: u64) {
        println!("{books} books: {self:?}");
        assert!(u64::from(self.margins) * 20 >= books * 19, "{self:?}");
        for part in [
            self.above_48_lines,
            self.stale_price,
            self.stale_volatility,
            self.bounded,
            self.liquidatable,
            self.collateral,
            self.several_underlyings,
        ] {
            assert!(u64::from(part) * 20 >= books, "{self:?}");
        }
    }
}
