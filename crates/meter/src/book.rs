//! A book with its market as words of eight bytes: what the program reads is what a host wrote.

use ballast_risk::{
    ExchangeInput, ExpiryInput, GroupInput, LineInput, MarketParams, Measure, Strike, UnderlyingInput,
};

/// Room that the largest book of the meter takes: 64 lines over 4 underlyings and 8 expiries, in words.
pub const WORDS_MAX: usize = 1_024;

/// What a portfolio holds and all that its losses depend on. Groups are measured by their worst loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The exchange.
    pub exchange: ExchangeInput,
    /// The underlyings.
    pub holdings: Vec<Holding>,
}

/// One underlying of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its parameters.
    pub params: MarketParams,
    /// Spot, confidence and average, 1e-8 quote.
    pub prices_e8: [u64; 3],
    /// Volatility of value, of margin, and the reference, 1e-6.
    pub volatilities_e6: [i64; 3],
    /// Its correlation group.
    pub group: u8,
    /// Expiries, soonest first.
    pub expiries: Vec<ExpiryInput>,
    /// Lines, ascending by (expiry, strike).
    pub lines: Vec<LineInput>,
}

impl Holding {
    /// The underlying as the engine takes it.
    #[must_use]
    pub fn input(&self) -> UnderlyingInput<'_> {
        let ([spot_e8, conf_e8, ema_e8], [vol_e6, vol_margin_e6, vol_ref_e6]) =
            (self.prices_e8, self.volatilities_e6);
        UnderlyingInput {
            params: &self.params,
            spot_e8,
            conf_e8,
            ema_e8,
            vol_e6,
            vol_margin_e6,
            vol_ref_e6,
            oi_share_e6: 0,
            group: self.group,
            vol_stale: false,
            price_stale: false,
            realised_only: false,
        }
    }

    fn to_words(&self, to: &mut Vec<i64>) {
        to.extend_from_slice(bytemuck::cast_slice(core::slice::from_ref(&self.params)));
        to.extend(self.prices_e8.map(|price| price as i64));
        to.extend(self.volatilities_e6);
        to.extend([i64::from(self.group), self.expiries.len() as i64, self.lines.len() as i64]);
        for e in &self.expiries {
            to.extend([e.secs_left, e.atm_e6, e.skew_e6, e.curvature_e6, e.basis_e6, e.averaged_secs]);
            to.extend([e.average_e8 as i64, e.settled_e8 as i64]);
        }
        for line in &self.lines {
            let strike = line.strike;
            to.extend([i64::from(line.expiry), strike.price_e8 as i64, strike.ln_q40]);
            to.extend([line.calls_e6, line.puts_e6]);
        }
    }

    fn from_words(words: &mut Words) -> Option<Self> {
        let params = *bytemuck::try_from_bytes(words.bytes(size_of::<MarketParams>())?).ok()?;
        let prices_e8 = [words.next()? as u64, words.next()? as u64, words.next()? as u64];
        let volatilities_e6 = [words.next()?, words.next()?, words.next()?];
        let (group, expiry_count, line_count) = (words.next()? as u8, words.next()?, words.next()?);
        let mut expiries = Vec::with_capacity(usize::try_from(expiry_count).ok()?);
        for _ in 0..expiry_count {
            expiries.push(ExpiryInput {
                secs_left: words.next()?,
                atm_e6: words.next()?,
                skew_e6: words.next()?,
                curvature_e6: words.next()?,
                basis_e6: words.next()?,
                averaged_secs: words.next()?,
                average_e8: words.next()? as u64,
                settled_e8: words.next()? as u64,
            });
        }
        let mut lines = Vec::with_capacity(usize::try_from(line_count).ok()?);
        for _ in 0..line_count {
            let (expiry, price_e8, ln_q40) = (words.next()? as u8, words.next()? as u64, words.next()?);
            let strike = Strike { price_e8, ln_q40 };
            lines.push(LineInput { expiry, strike, calls_e6: words.next()?, puts_e6: words.next()? });
        }
        Some(Self { params, prices_e8, volatilities_e6, group, expiries, lines })
    }
}

impl Book {
    /// The bytes that [`Self::from_bytes`] reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let e = &self.exchange;
        let mut words = vec![e.rate_e6, e.conf_z_e6, e.window_secs, e.long_weight_e6, e.mm_factor_e6];
        words.extend([e.exit_buffer_e6, e.haircut_max_e6, e.peg_e8 as i64, e.dust_equity_e6]);
        words.extend(e.groups.map(|group| group.rho_e6));
        words.push(self.holdings.len() as i64);
        self.holdings.iter().for_each(|held| held.to_words(&mut words));
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The book of these bytes, aligned to words; none where they end too soon.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = Words(bytes);
        let group = |rho_e6| GroupInput { rho_e6, measure: Measure::Worst };
        let exchange = ExchangeInput {
            rate_e6: words.next()?,
            conf_z_e6: words.next()?,
            window_secs: words.next()?,
            long_weight_e6: words.next()?,
            mm_factor_e6: words.next()?,
            exit_buffer_e6: words.next()?,
            haircut_max_e6: words.next()?,
            peg_e8: words.next()? as u64,
            dust_equity_e6: words.next()?,
            groups: [group(words.next()?), group(words.next()?), group(words.next()?), group(words.next()?)],
        };
        let count = usize::try_from(words.next()?).ok()?;
        let mut holdings = Vec::with_capacity(count);
        for _ in 0..count {
            holdings.push(Holding::from_words(&mut words)?);
        }
        Some(Self { exchange, holdings })
    }
}

/// Bytes read from front to back.
struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn next(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }
}
