//! Made-up exchanges and portfolios for tests and benches: the same ones for the same seed on every machine.

use crate::books::{Balance, Books, Leg};
use crate::tick::{Asset, Listing, Market, Tick};
use ballast_risk::bounds::DAY_SECS;
use ballast_risk::{
    CollateralInput, ExchangeInput, ExpiryInput, GroupInput, MarketParams, Measure, Strike, UnderlyingInput,
};

/// A small generator of random numbers (Steele, Lea and Flood's SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A sequence that the seed decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in [0, `below`), `below` > 0.
    pub fn below(&mut self, below: usize) -> usize {
        ((u128::from(self.bits()) * below as u128) >> 64) as usize
    }

    /// A number in [`low`, `high`].
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low) as usize + 1) as i64
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Parameters of a deep market by the defaults of docs/risk.md.
pub const DEEP: MarketParams = MarketParams {
    kappa_e6: 4_000_000,
    mpor_secs: 86_400,
    range_min_e6: 160_000,
    range_max_e6: 400_000,
    sigma_min_e6: 50_000,
    sigma_max_e6: 4_000_000,
    smile_min_e6: 600_000,
    smile_max_e6: 1_800_000,
    vol_up_e6: 500_000,
    vol_down_e6: 250_000,
    vol_up_min_e6: 500_000,
    vol_power_short_e6: 300_000,
    vol_power_long_e6: 130_000,
    short_min_e6: 7_500,
    basis_e6: 7_500,
    spread_e6: 1_000,
    impact_e6: 100_000,
    depth_e6: 50_000_000_000_000,
    vol_spread_e6: 10_000,
    oi_scale_e6: 1_000_000,
    oi_free_e6: 100_000,
    ema_free_e6: 20_000,
};

/// Parameters of a thin market.
pub const THIN: MarketParams =
    MarketParams { range_min_e6: 200_000, spread_e6: 5_000, depth_e6: 2_000_000_000_000, ..DEEP };

/// The shape of a made-up exchange.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Number of markets, at least 1.
    pub markets: usize,
    /// Expiries a market, 1 to 12.
    pub expiries: usize,
    /// Strikes an expiry.
    pub strikes: usize,
    /// Seconds to the first expiry; each further one is half as far again and two days.
    pub first_expiry_secs: i64,
}

/// An exchange with random prices, volatilities and smiles. Half the markets are netted in group 0, the others in group
/// 1; the last of four or more runs on realised volatility alone. Each market has a collateral asset of its own, and
/// one asset has no market.
#[must_use]
pub fn tick(shape: Shape, random: &mut Random) -> Tick<'static> {
    let exchange = ExchangeInput {
        rate_e6: 40_000,
        conf_z_e6: 2_000_000,
        window_secs: 1_800,
        long_weight_e6: 950_000,
        mm_factor_e6: 800_000,
        exit_buffer_e6: 250_000,
        haircut_max_e6: 950_000,
        peg_e8: 99_950_000,
        dust_equity_e6: 1_000_000_000,
        groups: [GroupInput { rho_e6: 500_000, measure: Measure::Worst }; 4],
    };
    let markets: Vec<_> = (0..shape.markets).map(|place| market(place, shape, random)).collect();
    let own = |(market, place): (&Market<'static>, u8)| {
        let u = &market.underlying;
        let terms = CollateralInput {
            decimals: 9,
            price_e8: u.spot_e8,
            conf_e8: u.conf_e8,
            ema_e8: u.ema_e8,
            haircut_e6: 100_000,
            haircut_slope_e6: 200_000,
            ..CollateralInput::default()
        };
        Asset { terms, market: Some(place) }
    };
    let dollar = CollateralInput {
        decimals: 6,
        price_e8: 99_980_000,
        conf_e8: 20_000,
        ema_e8: 99_990_000,
        haircut_e6: 20_000,
        ..CollateralInput::default()
    };
    let mut assets: Vec<_> = markets.iter().zip(0u8..).map(own).collect();
    assets.push(Asset { terms: dollar, market: None });
    Tick { exchange, markets, assets }
}

fn market(place: usize, shape: Shape, random: &mut Random) -> Market<'static> {
    // From a tenth of a dollar to a hundred thousand.
    let spot_e8 = (10f64.powf(7.0 + 6.0 * random.unit())) as u64;
    let vol_e6 = random.within(300_000, 1_200_000);
    let near = |random: &mut Random, part: i64| (spot_e8 as i64 + random.within(-part, part)) as u64;
    let underlying = UnderlyingInput {
        params: if place.is_multiple_of(2) { &DEEP } else { &THIN },
        spot_e8,
        conf_e8: spot_e8 / 2_000,
        ema_e8: near(random, spot_e8 as i64 / 20),
        vol_e6,
        vol_margin_e6: vol_e6 * random.within(100, 130) / 100,
        vol_ref_e6: 600_000,
        oi_share_e6: 0,
        group: (place % 2) as u8,
        vol_stale: random.below(8) == 0,
        price_stale: random.below(8) == 0,
        realised_only: place == 3,
    };
    let mut secs_left = shape.first_expiry_secs;
    let mut expiries = Vec::new();
    let mut listings = Vec::new();
    for expiry in 0..shape.expiries {
        expiries.push(ExpiryInput {
            secs_left,
            atm_e6: random.within(800_000, 1_300_000),
            skew_e6: random.within(-50_000, 50_000),
            curvature_e6: random.within(0, 15_000),
            basis_e6: random.within(-50_000, 150_000),
            ..ExpiryInput::default()
        });
        // Strikes evenly over ±2.5 standard deviations, at least ±10 %.
        let years = secs_left.max(3_600) as f64 / 31_536_000.0;
        let width = (2.5 * vol_e6 as f64 / 1e6 * years.sqrt()).clamp(0.1, 1.2);
        for strike in 0..shape.strikes {
            let at = 2.0 * (strike as f64 + 0.5) / shape.strikes as f64 - 1.0;
            let price_e8 = (spot_e8 as f64 * (width * at).exp()) as u64;
            listings.push(Listing { expiry: expiry as u8, strike: Strike::new(price_e8) });
        }
        secs_left = secs_left * 3 / 2 + 2 * DAY_SECS;
    }
    Market { underlying, expiries, listings, open_interest_e6: open_interest(spot_e8) }
}

/// Open interest worth two hundred million at this spot, 1e-6 unit.
fn open_interest(spot_e8: u64) -> i64 {
    (2e8 * 1e14 / spot_e8 as f64) as i64
}

/// Adds a random portfolio of up to `legs` series out of `markets` neighbouring markets, with about `cushion` of its
/// notional in cash and now and then collateral.
///
/// # Panics
/// If the tick lists nothing.
pub fn add_portfolio(
    books: &mut Books,
    tick: &Tick,
    (legs, markets, cushion): (usize, usize, f64),
    random: &mut Random,
) {
    let sizes: Vec<usize> = tick.markets.iter().map(|market| 2 * market.listings.len()).collect();
    let first = random.below(tick.markets.len() + 1 - markets);
    let before: usize = sizes[..first].iter().sum();
    let span: usize = sizes[first..first + markets].iter().sum();
    let mut chosen: Vec<u32> = (0..legs).map(|_| (before + random.below(span)) as u32).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let mut notional = 0.0;
    let legs: Vec<Leg> = chosen
        .into_iter()
        .map(|series| {
            let spot_e8 = spot_of(tick, &sizes, series as usize) as f64;
            // Worth a hundred to a hundred thousand dollars of the underlying.
            let worth = 10f64.powf(2.0 + 3.0 * random.unit());
            notional += worth;
            let size_e6 = (worth * 1e14 / spot_e8) as i64;
            Leg { series, qty_e6: if random.below(2) == 0 { size_e6.max(1) } else { -size_e6.max(1) } }
        })
        .collect();
    let mut balances = Vec::new();
    if random.below(4) == 0 {
        let asset = random.below(tick.assets.len()) as u8;
        let terms = &tick.assets[usize::from(asset)].terms;
        let tokens = notional * cushion * random.unit() * 1e8 / terms.price_e8 as f64;
        balances.push(Balance { asset, amount: (tokens * 10f64.powi(i32::from(terms.decimals))) as u64 });
    }
    let cash_e6 = (notional * cushion * 1e6 * (random.unit() * 1.9 - 0.1)) as i64;
    books.push(&legs, &balances, cash_e6).expect("made ascending and within the bounds");
}

fn spot_of(tick: &Tick, sizes: &[usize], series: usize) -> u64 {
    let mut left = series;
    for (market, size) in tick.markets.iter().zip(sizes) {
        if left < *size {
            return market.underlying.spot_e8;
        }
        left -= size;
    }
    unreachable!("a series of the tick")
}
