//! Batches of portfolios for scans, in an order that a processor foretells.
//!
//! How many legs a portfolio has in an underlying, and whether it has collateral or netted underlyings, is chance: a
//! scan that asks portfolio by portfolio is mistaken several times for each, which costs as much as its sums, and reads
//! rows from all over the arrays. So a batch is cut into segments, the legs of one underlying of one portfolio, and those
//! of the same market, length and kind follow one another: the same answer comes again and again, and a market's rows
//! stay in a core's first-level cache. The order depends on what is listed, not on prices; books keep it from tick to
//! tick ([`crate::RiskArrays::order`]).

use crate::books::{Book, Books};
use crate::groups::OUTSIDE;
use crate::sums::Tables;
use crate::tick::MARKETS_MAX;
use ballast_risk::bounds::{LINES_MAX, UNDERLYINGS_MAX};
use std::ops::Range;

/// Portfolios of a batch: enough that kinds repeat, few enough that their legs stay in a core's second-level cache.
pub(crate) const BATCH: usize = 1_024;
/// [`Segment::kept`] of a portfolio without netting.
pub(crate) const ALONE: u32 = u32::MAX;

/// What a portfolio holds in one underlying.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Segment {
    /// Where its losses are kept if the portfolio has two underlyings in one group, else [`ALONE`].
    pub kept: u32,
    /// Portfolio of the batch.
    pub book: u16,
    pub legs: u8,
    pub market: u8,
    /// The underlying is held as collateral too, or alone.
    pub held: bool,
}

/// Segments of a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    /// Those of a portfolio come in the order of markets, underlyings held as collateral alone at the end.
    pub segments: Vec<Segment>,
    /// Legs of one segment after another: number of the series and quantity, 1e-6 unit.
    pub series: Vec<u32>,
    pub qty_e6: Vec<f64>,
    /// Portfolios with two underlyings in one group, and the places where their losses are kept.
    pub netted: Vec<(u16, Range<u32>)>,
    /// Markets of these places.
    pub kept_markets: Vec<u8>,
    /// Portfolios that the arrays do not serve whatever the prices.
    pub refused: Vec<u16>,
}

/// What the order of a batch depends on beside its portfolios.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Of each series its market.
    pub market_of: Vec<u8>,
    /// Of each market its group, or outside of all.
    pub places: Vec<usize>,
    /// Of each collateral asset its market.
    pub assets: Vec<Option<u8>>,
}

/// Batches of portfolios from the first on, kept with them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    pub listed: Listed,
    pub batches: Vec<Batch>,
}

impl Segment {
    /// 16 bits: first those with legs, market by market, then those that are held alone.
    fn kind(&self) -> u32 {
        let flags = u32::from(self.kept != ALONE) << 1 | u32::from(self.held);
        u32::from(self.legs == 0) << 15 | u32::from(self.market) << 9 | flags << 7 | u32::from(self.legs)
    }
}

const _: () = assert!(MARKETS_MAX <= 1 << 6 && LINES_MAX < 1 << 7, "kinds have 16 bits");
const _: () = assert!(BATCH * UNDERLYINGS_MAX <= 1 << 16, "and so have the segments of a batch");

impl Batch {
    /// Cuts neighbouring portfolios, at most [`BATCH`], into segments.
    pub(crate) fn new(tables: &Tables, books: &Books, range: Range<usize>) -> Self {
        let (mut batch, mut own, mut at) = (Self::default(), Vec::new(), 0);
        let mut segments = Vec::with_capacity(2 * range.len());
        for (index, book) in range.clone().zip(0u16..) {
            let of = books.book(index);
            own.clear();
            if cut(&mut own, tables, (book, at), &of) {
                batch.find_netted(&mut own, &tables.listed);
                segments.extend_from_slice(&own);
            } else {
                batch.refused.push(book);
            }
            at += of.series.len();
        }
        let mut kinds: Vec<u32> =
            (0..).zip(&segments).map(|(at, (segment, _))| segment.kind() << 16 | at).collect();
        kinds.sort_unstable();
        let (series, qty_e6) = books.legs_of(range);
        batch.segments.reserve_exact(segments.len());
        batch.series.reserve_exact(series.len());
        batch.qty_e6.reserve_exact(series.len());
        for (segment, from) in kinds.into_iter().map(|kind| segments[(kind & 0xffff) as usize]) {
            let legs = from..from + usize::from(segment.legs);
            // Doubles hold quantities exactly: they are at most 2^50.
            batch.series.extend_from_slice(&series[legs.clone()]);
            batch.qty_e6.extend(qty_e6[legs].iter().map(|qty_e6| *qty_e6 as f64));
            batch.segments.push(segment);
        }
        batch
    }

    /// Finds whether the segments of a portfolio are netted, and a place for what they lose if they are.
    fn find_netted(&mut self, own: &mut [(Segment, usize)], listed: &Listed) {
        let (mut groups, mut netted) = (0u32, false);
        for (segment, _) in &*own {
            let place = listed.places[usize::from(segment.market)];
            netted |= place != OUTSIDE && groups >> place & 1 == 1;
            groups |= 1 << place;
        }
        if let (true, Some((first, _))) = (netted, own.first()) {
            let from = self.kept_markets.len() as u32;
            self.netted.push((first.book, from..from + own.len() as u32));
            for ((segment, _), kept) in own.iter_mut().zip(from..) {
                segment.kept = kept;
                self.kept_markets.push(segment.market);
            }
        }
    }
}

/// The segments of a portfolio whose first leg is number `at`, each with its first leg; whether the arrays may serve it.
fn cut(own: &mut Vec<(Segment, usize)>, tables: &Tables, (book, at): (u16, usize), of: &Book) -> bool {
    let Some(held) = tables.held_markets(of.balances) else { return false };
    if of.series.len() > LINES_MAX {
        return false;
    }
    for (series, from) in of.series.iter().zip(at..) {
        let Some(&market) = tables.listed.market_of.get(*series as usize) else { return false };
        match own.last_mut().filter(|(last, _)| last.market == market) {
            Some((last, _)) => last.legs += 1,
            None => {
                let held = held >> market & 1 == 1;
                own.push((Segment { kept: ALONE, book, legs: 1, market, held }, from));
            }
        }
    }
    let with_legs = own.len();
    for market in (0..MARKETS_MAX as u8).filter(|market| held >> market & 1 == 1) {
        if own[..with_legs].iter().all(|(segment, _)| segment.market != market) {
            own.push((Segment { kept: ALONE, book, legs: 0, market, held: true }, at));
        }
    }
    own.len() <= UNDERLYINGS_MAX
}

impl Order {
    /// Brings the order up to date: for portfolios that are new, or for all where something else is listed.
    pub(crate) fn update(&mut self, tables: &Tables, books: &Books) {
        if self.listed != tables.listed {
            (self.listed, self.batches) = (tables.listed.clone(), Vec::new());
        }
        for start in (self.batches.len() * BATCH..books.len()).step_by(BATCH) {
            // The last one is made when it is full.
            if start + BATCH <= books.len() {
                self.batches.push(Batch::new(tables, books, start..start + BATCH));
            }
        }
    }

    /// The batch of a range, if it is kept.
    pub(crate) fn batch(&self, tables: &Tables, range: &Range<usize>) -> Option<&Batch> {
        let kept = range.start.is_multiple_of(BATCH) && range.len() == BATCH && self.listed == tables.listed;
        self.batches.get(range.start / BATCH).filter(|_| kept)
    }
}
