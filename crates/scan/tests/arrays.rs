//! The arrays against the engine over random exchanges and portfolios: numbers within their stated error, verdicts
//! always the same.

use ballast_risk::{Measure, RiskError};
use ballast_scan::sample::{add_portfolio, tick, Random, Shape};
use ballast_scan::{Balance, Books, Counts, Leg, Recheck, Refused, RiskArrays, Tick, Workspace};

const DAY: i64 = 86_400;

/// Random exchanges whose first expiries are weeks, days, hours and seconds away.
fn ticks(count: usize, seed: u64) -> impl Iterator<Item = Tick<'static>> {
    let mut random = Random::new(seed);
    (0..count).map(move |round| {
        let first_expiry_secs = [20 * DAY, 4 * DAY, DAY, 2_000, 30][round % 5];
        let shape = Shape { markets: 1 + round % 6, expiries: 4, strikes: 9, first_expiry_secs };
        tick(shape, &mut random)
    })
}

/// Random portfolios of 1 to 24 legs.
fn books(tick: &Tick, count: usize, random: &mut Random) -> Books {
    let mut books = Books::default();
    for _ in 0..count {
        let legs = 1 + random.below(24);
        let markets = 1 + random.below(tick.markets.len());
        let cushion = [0.05, 0.2, 0.6][random.below(3)];
        add_portfolio(&mut books, tick, (legs, markets, cushion), random);
    }
    books
}

/// What full revaluation of everything finds.
fn by_engine(arrays: &RiskArrays, books: &Books) -> Recheck {
    let (mut workspace, mut found) = (Workspace::default(), Recheck::default());
    for index in 0..books.len() {
        match arrays.margin(&mut workspace, &books.book(index)) {
            Ok(report) if report.excess_maintenance_e6 < 0 => found.liquidatable.push((index, report)),
            Ok(_) => {}
            Err(reason) => found.refused.push((index, reason)),
        }
    }
    found
}

/// The recheck of some portfolios, which has to find what the engine finds.
fn same_verdicts(arrays: &RiskArrays, books: &Books) -> Counts {
    let (found, engine) = (arrays.recheck_all(books), by_engine(arrays, books));
    assert_eq!(found.liquidatable, engine.liquidatable);
    assert_eq!(found.refused, engine.refused);
    found.counts
}

/// Goal: every scenario loss and value by sums is the engine's within the stated error. Method: 20 exchanges with 150
/// portfolios each. The greatest part of the error that is used up is printed; the bound must not be idle either.
#[test]
fn losses_are_the_engines_within_their_error() {
    let (mut random, mut workspace) = (Random::new(1), Workspace::default());
    let (mut used, mut compared) = (0.0f64, 0);
    for tick in ticks(20, 2) {
        let arrays = RiskArrays::new(&tick).unwrap();
        let books = books(&tick, 150, &mut random);
        for index in 0..books.len() {
            let book = books.book(index);
            let mut all = arrays.losses(&book).expect("nothing here is beyond the arrays");
            all.sort_by_key(|losses| losses.market);
            let _ = arrays.margin(&mut workspace, &book).unwrap();
            for (ours, engine) in all.iter().zip(workspace.underlyings()) {
                let mut differs = (ours.value_e6 - engine.value_e6 as f64).abs();
                for (loss, exact) in ours.losses_e6.iter().zip(engine.losses_e6) {
                    differs = differs.max((loss - exact as f64).abs());
                }
                assert!(differs <= ours.error_e6, "{differs} over {}", ours.error_e6);
                (used, compared) = (used.max(differs / ours.error_e6), compared + 1);
            }
        }
    }
    println!("{compared} underlyings, at most {used:.3} of the error used");
    assert!(compared > 3_000 && used > 0.02, "{compared} {used}");
}

/// Goal: the scan by dot products is the engine's, within twice the errors below it and above. Method: the same books,
/// where no own strikes count.
#[test]
fn scans_are_the_engines_within_their_error() {
    let (mut random, mut workspace, mut compared) = (Random::new(3), Workspace::default(), 0);
    for tick in ticks(10, 4) {
        let arrays = RiskArrays::new(&tick).unwrap();
        let books = books(&tick, 100, &mut random);
        for (index, scan) in arrays.scans(&books, 0..books.len()).into_iter().enumerate() {
            let book = books.book(index);
            let report = arrays.margin(&mut workspace, &book).unwrap();
            let own = workspace.underlyings()[..8].iter().any(|u| u.has_own == 1);
            if scan.is_nan() {
                assert!(own, "a scan is missing");
                continue;
            }
            let error: f64 = arrays.losses(&book).unwrap().iter().map(|losses| losses.error_e6).sum();
            let differs = (scan - report.scan_e6 as f64).abs();
            assert!(differs <= 2.0 * error + 8.0, "{differs} over {error}");
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
}

/// Goal: verdicts are the engine's, and the engine is asked for next to nobody who is healthy. Method: 40 exchanges with
/// 200 portfolios each, own strikes, tails, two groups and collateral among them.
#[test]
fn verdicts_are_the_engines() {
    let mut random = Random::new(5);
    let mut all = Counts::default();
    for tick in ticks(40, 6) {
        let arrays = RiskArrays::new(&tick).unwrap();
        let counts = same_verdicts(&arrays, &books(&tick, 200, &mut random));
        all.by_sums += counts.by_sums;
        all.by_closer_look += counts.by_closer_look;
        all.revalued += counts.revalued;
        all.revalued_healthy += counts.revalued_healthy;
    }
    println!("{all:?}");
    assert!(all.by_sums > 500 && all.by_closer_look > 500 && all.revalued > 500, "{all:?}");
    assert!(all.revalued_healthy < 40, "the arrays leave too much in doubt: {all:?}");
}

/// Goal: verdicts are the engine's on the very edge. Method: every portfolio again with the cash that leaves it a few
/// millionths, or a few parts of its error, above or below MM.
#[test]
fn verdicts_are_the_engines_on_the_edge() {
    let (mut random, mut workspace) = (Random::new(7), Workspace::default());
    let (mut liquidatable, mut doubted) = (0, 0);
    for mut tick in ticks(20, 8) {
        tick.exchange.peg_e8 = 100_000_000; // so that a unit of cash is a unit of equity
        let arrays = RiskArrays::new(&tick).unwrap();
        let books = books(&tick, 40, &mut random);
        let mut edge = Books::default();
        for index in 0..books.len() {
            let book = books.book(index);
            let report = arrays.margin(&mut workspace, &book).unwrap();
            let error = arrays.losses(&book).map_or(0.0, |all| all.iter().map(|l| l.error_e6).sum());
            let legs: Vec<Leg> = book.series.iter().zip(book.qty_e6).map(leg).collect();
            for away in [-error, -1.0, 0.0, 1.0, error / 4.0, error, 4.0 * error] {
                let missing = report.maintenance_e6 - report.equity_maintenance_e6;
                edge.push(&legs, book.balances, book.cash_e6 + missing + away as i64).unwrap();
            }
        }
        let counts = same_verdicts(&arrays, &edge);
        doubted += counts.revalued_healthy;
        liquidatable += counts.revalued - counts.revalued_healthy;
    }
    assert!(liquidatable > 500 && doubted > 500, "{liquidatable} {doubted}: this is not the edge");
}

/// Goal: scans by a kept order have the bits of scans without, also after portfolios came and other series were listed.
/// Method: an order before and after 3,000 more portfolios, ranges that meet batches and that do not, then two ticks of
/// other markets, and prices of another tick of the same.
#[test]
fn a_kept_order_changes_no_scan() {
    let mut random = Random::new(19);
    let ticks: Vec<_> = ticks(12, 20).collect();
    let (few, many) = (&ticks[10], &ticks[5]);
    let mut kept = books(few, 2_500, &mut random);
    let same = |tick: &Tick, kept: &Books, plain: &Books| {
        let arrays = RiskArrays::new(tick).unwrap();
        let mut numbers = 0;
        for range in [0..kept.len(), 1_024..2_048, 1_000..2_100, 2_048..2_400, 7..7] {
            let bits = |books: &Books| -> Vec<u64> {
                arrays.scans(books, range.clone()).into_iter().map(f64::to_bits).collect()
            };
            let (ordered, plain) = (bits(kept), bits(plain));
            assert_eq!(ordered, plain);
            numbers += ordered.iter().filter(|bits| f64::from_bits(**bits) > 0.0).count();
        }
        assert!(numbers > 500, "{numbers}");
    };
    let mut plain = kept.clone();
    RiskArrays::new(few).unwrap().order(&mut kept);
    same(few, &kept, &plain);
    for index in 0..3_000 {
        let book = plain.book(index % 2_500);
        let legs: Vec<Leg> = book.series.iter().zip(book.qty_e6).skip(index % 3).map(leg).collect();
        let (balances, cash) = (book.balances.to_vec(), book.cash_e6);
        kept.push(&legs, &balances, cash).unwrap();
        plain.push(&legs, &balances, cash).unwrap();
    }
    same(few, &kept, &plain);
    RiskArrays::new(few).unwrap().order(&mut kept);
    same(few, &kept, &plain);
    // More markets, whose series have other numbers; the order is of no use until it is made anew.
    same(many, &kept, &plain);
    RiskArrays::new(many).unwrap().order(&mut kept);
    same(many, &kept, &plain);
    let mut moved = many.clone();
    moved.markets[0].underlying.spot_e8 += moved.markets[0].underlying.spot_e8 / 50;
    same(&moved, &kept, &plain);
}

fn leg((series, qty_e6): (&u32, &i64)) -> Leg {
    Leg { series: *series, qty_e6: *qty_e6 }
}

/// Goal: what the arrays do not serve goes to the engine: a settlement window, a settled expiry, expected shortfall,
/// expired and not settled. Method: exchanges with each; verdicts are the engine's.
#[test]
fn what_the_arrays_do_not_serve_goes_to_the_engine() {
    let mut random = Random::new(9);
    for (round, mut tick) in ticks(20, 10).enumerate() {
        for market in &mut tick.markets {
            let spot = market.underlying.spot_e8;
            let first = &mut market.expiries[0];
            match round % 4 {
                0 => (first.secs_left, first.averaged_secs, first.average_e8) = (900, 900, spot),
                1 => (first.secs_left, first.settled_e8) = (0, spot + spot / 50),
                2 => first.secs_left = 0,
                _ => tick.exchange.groups[0].measure = Measure::ExpectedShortfall,
            }
        }
        let arrays = RiskArrays::new(&tick).unwrap();
        let counts = same_verdicts(&arrays, &books(&tick, 100, &mut random));
        assert!(counts.revalued > 0, "{counts:?}");
    }
}

/// Goal: a portfolio that the engine refuses is reported with its reason, never as healthy. Method: a series that is not
/// listed, an asset that is not there, more lines and more underlyings than fit, all with cash enough.
#[test]
fn refusals_are_the_engines() {
    let shape = Shape { markets: 9, expiries: 4, strikes: 20, first_expiry_secs: 9 * DAY };
    let tick = tick(shape, &mut Random::new(11));
    let arrays = RiskArrays::new(&tick).unwrap();
    let count = tick.series_count() as u32;
    let per_market = count / 9;
    let legs = |series: &mut dyn Iterator<Item = u32>| -> Vec<Leg> {
        series.map(|series| Leg { series, qty_e6: 1 }).collect()
    };
    let mut books = Books::default();
    let cash = 1 << 50;
    books.push(&legs(&mut [count].into_iter()), &[], cash).unwrap();
    books.push(&legs(&mut (0..130).step_by(2)), &[], cash).unwrap();
    books.push(&legs(&mut (0..9).map(|market| market * per_market)), &[], cash).unwrap();
    books.push(&[], &[Balance { asset: 77, amount: 5 }], cash).unwrap();
    books.push(&legs(&mut (0..8).map(|market| market * per_market)), &[], cash).unwrap();
    let found = arrays.recheck_all(&books);
    let reasons = [
        RiskError::UnknownExpiry,
        RiskError::TooManyLines,
        RiskError::TooManyUnderlyings,
        RiskError::UnknownUnderlying,
    ];
    assert_eq!(found.refused, reasons.into_iter().enumerate().collect::<Vec<_>>());
    assert_eq!((found.counts.by_sums, found.liquidatable.len()), (1, 0));
    // And no scan of them is a number.
    let numbers: Vec<bool> = arrays.scans(&books, 0..5).into_iter().map(|scan| !scan.is_nan()).collect();
    assert_eq!(numbers, [false, false, false, false, true]);
}

/// Goal: the answer does not depend on how portfolios are shared out. Method: one thread, two, and no pool at all.
#[test]
fn threads_change_nothing() {
    let tick = ticks(2, 12).last().unwrap();
    let arrays = RiskArrays::new(&tick).unwrap();
    let books = books(&tick, 5_000, &mut Random::new(13));
    let alone = arrays.recheck_range(&mut Workspace::default(), &books, 0..books.len());
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| arrays.recheck_all(&books));
        assert_eq!((found.liquidatable, found.counts), (alone.liquidatable.clone(), alone.counts));
    }
}

/// Goal: a portfolio out of order or bounds is refused and leaves no trace. Method: each kind once.
#[test]
fn books_are_in_order() {
    let leg = |series, qty_e6| Leg { series, qty_e6 };
    let mut books = Books::default();
    assert_eq!(books.push(&[leg(2, 1), leg(1, 1)], &[], 0), Err(Refused::Unsorted));
    assert_eq!(books.push(&[leg(1, 1), leg(1, 1)], &[], 0), Err(Refused::Unsorted));
    assert_eq!(books.push(&[leg(1, 1 << 51)], &[], 0), Err(Refused::TooLarge));
    assert_eq!(books.push(&[], &[], i64::MIN), Err(Refused::TooLarge));
    assert!(books.is_empty() && books.legs() == 0);
    books.push(&[leg(1, 1), leg(4, -3)], &[Balance { asset: 0, amount: 7 }], -5).unwrap();
    let book = books.book(0);
    assert_eq!((book.series, book.qty_e6, book.cash_e6), (&[1, 4][..], &[1, -3][..], -5));
    assert_eq!(book.balances, [Balance { asset: 0, amount: 7 }]);
}
