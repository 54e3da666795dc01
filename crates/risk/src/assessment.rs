//! The margin check from inputs to report: underlyings, then collateral, then [`Assessment::finish`].

use crate::addons::{e12, price_open_interest, round_up, share_e12};
use crate::bounds::{COLLATERALS_MAX, GROUPS_MAX, MONEY_MAX_E6, UNDERLYINGS_MAX};
use crate::collateral::{self, CollateralValue};
use crate::error::RiskError;
use crate::group::{scan_group, scan_underlying, GroupScan};
use crate::input::{CollateralInput, ExchangeInput, ExpiryInput, LineInput, UnderlyingInput};
use crate::lane::Lane;
use crate::moves::tail_weight_q40;
use crate::own_strikes::OwnStrikeRow;
use crate::prepared::{prepare_expiries, PreparedMarket, PreparedUnderlying, Shared};
use crate::report::{MarginReport, FLAG_PRICE_STALE, FLAG_VOL_STALE, NO_FLOOR_E6};
use crate::rows::weighted_nearest;
use crate::scenario::{GRID_MOVES, SCENARIOS, TAIL_PERCENT};
use crate::scratch::{Scratch, UnderlyingState};
use crate::surface::{PreparedExpiry, ONE_Q40};
use crate::underlying::{assess, Assessed, Given, IN_ORDER};

/// A margin check under way.
///
/// ```
/// use ballast_risk::{Assessment, ExchangeInput, GroupInput, Scratch};
/// let exchange = ExchangeInput {
///     rate_e6: 40_000, conf_z_e6: 2_000_000, window_secs: 1_800, long_weight_e6: 950_000, mm_factor_e6: 800_000,
///     exit_buffer_e6: 250_000, haircut_max_e6: 950_000, peg_e8: 100_000_000, dust_equity_e6: 1_000_000_000,
///     groups: [GroupInput::default(); 4],
/// };
/// let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
/// let report = Assessment::begin(&mut scratch, &exchange)?.finish(5_000_000)?;
/// assert_eq!((report.initial_e6, report.excess_initial_e6), (0, 5_000_000));
/// # Ok::<(), ballast_risk::RiskError>(())
/// ```
pub struct Assessment<'a> {
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) exchange: &'a ExchangeInput,
    pub(crate) so_far: Assessed,
    pub(crate) underlyings: usize,
    pub(crate) collaterals: usize,
    pub(crate) held: CollateralValue,
    pub(crate) flags: u64,
}

impl<'a> Assessment<'a> {
    /// Begins a check; whatever the scratch held is forgotten.
    ///
    /// # Errors
    /// A parameter of the exchange outside its bounds.
    pub fn begin(scratch: &'a mut Scratch, exchange: &'a ExchangeInput) -> Result<Self, RiskError> {
        exchange.validate()?;
        Ok(Self {
            scratch,
            exchange,
            so_far: Assessed { own_rows: 0, lines: 0 },
            underlyings: 0,
            collaterals: 0,
            held: CollateralValue::default(),
            flags: 0,
        })
    }

    /// Adds an underlying with its expiries, soonest first, and the lines held in it, ascending by (expiry, strike).
    ///
    /// Expiries without lines may be left out, except in a group measured by expected shortfall, where every near
    /// expiry of the market counts (risk.md §3).
    ///
    /// # Errors
    /// Whatever is out of bounds, order or space.
    pub fn underlying(
        &mut self,
        input: &UnderlyingInput,
        expiries: impl Iterator<Item = ExpiryInput>,
        lines: impl Iterator<Item = LineInput>,
    ) -> Result<(), RiskError> {
        self.underlying_recorded(input, expiries, lines, &mut |_| {})
    }

    /// As [`Self::underlying`], and tells `sink` every own-strike scenario.
    ///
    /// # Errors
    /// As [`Self::underlying`].
    pub fn underlying_recorded(
        &mut self,
        input: &UnderlyingInput,
        expiries: impl Iterator<Item = ExpiryInput>,
        lines: impl Iterator<Item = LineInput>,
        sink: &mut impl FnMut(OwnStrikeRow),
    ) -> Result<(), RiskError> {
        let market = PreparedMarket::new(input)?;
        let shared = Shared { exchange: self.exchange, underlying: input, market: &market };
        let count = prepare_expiries(&mut self.scratch.expiries, &shared, expiries)?;
        self.add(&shared, Given::Scratch(count), lines, sink)
    }

    /// As [`Self::underlying`], of an underlying that was prepared for this exchange; `line.expiry` counts its expiries.
    /// `oi_share_e6` is the portfolio's share of the underlying's open interest, 1e-6.
    ///
    /// # Errors
    /// As [`Self::underlying`]; [`RiskError::Parameter`] where rate or window are not those it was prepared for.
    pub fn prepared(
        &mut self,
        underlying: &PreparedUnderlying,
        oi_share_e6: i64,
        lines: impl Iterator<Item = LineInput>,
    ) -> Result<(), RiskError> {
        if !underlying.serves(self.exchange) {
            return Err(RiskError::Parameter("prepared.exchange"));
        }
        let input = UnderlyingInput { oi_share_e6, ..underlying.input };
        let expiries = underlying.expiries();
        let order = &IN_ORDER[..expiries.len()];
        self.underlying_of((&input, &underlying.market), (expiries, order), lines)
    }

    /// As [`Self::underlying`], of a market prepared from `input` and of `expiries` prepared from it for this exchange:
    /// `order` names those of the book, soonest first, and `line.expiry` counts in `order`. That the parts belong together
    /// is the caller's to see to; [`Self::prepared`] takes what cannot be mixed up.
    ///
    /// # Errors
    /// As [`Self::underlying`]; [`RiskError::UnknownExpiry`] for a place in `order` that `expiries` do not have.
    pub fn underlying_of(
        &mut self,
        (input, market): (&UnderlyingInput, &PreparedMarket),
        (expiries, order): (&[PreparedExpiry], &[u8]),
        lines: impl Iterator<Item = LineInput>,
    ) -> Result<(), RiskError> {
        let shared = Shared { exchange: self.exchange, underlying: input, market };
        self.add(&shared, Given::Prepared(expiries, order), lines, &mut |_| {})
    }

    fn add(
        &mut self,
        shared: &Shared,
        given: Given,
        lines: impl Iterator<Item = LineInput>,
        sink: &mut impl FnMut(OwnStrikeRow),
    ) -> Result<(), RiskError> {
        let (slot, input) = (self.underlyings, shared.underlying);
        if slot >= UNDERLYINGS_MAX {
            return Err(RiskError::TooManyUnderlyings);
        }
        if usize::from(input.group) >= GROUPS_MAX {
            return Err(RiskError::UnknownGroup);
        }
        assess(self.scratch, (slot, &mut self.so_far), (shared, given), lines, sink)?;
        self.flags |= if input.vol_stale { FLAG_VOL_STALE } else { 0 };
        self.flags |= if input.price_stale { FLAG_PRICE_STALE } else { 0 };
        self.underlyings = slot + 1;
        Ok(())
    }

    /// Values and Greeks of the expiries of the underlying added last.
    #[must_use]
    pub fn expiries(&self) -> &[crate::scratch::ExpiryReport] {
        self.scratch.expiry_reports()
    }

    /// Adds a collateral balance, after the underlyings.
    ///
    /// # Errors
    /// A price or haircut out of bounds, an unknown underlying, a value beyond the money range.
    pub fn collateral(&mut self, input: &CollateralInput) -> Result<(), RiskError> {
        if self.collaterals >= COLLATERALS_MAX {
            return Err(RiskError::TooLarge);
        }
        self.collaterals += 1;
        let (over, stale) = match input.underlying {
            None => (0, false),
            Some(slot) => {
                let known = usize::from(slot) < self.underlyings;
                let state = self.scratch.underlyings.get(usize::from(slot)).filter(|_| known);
                let state = state.ok_or(RiskError::UnknownUnderlying)?;
                (state.vol_over_ref_e6, state.price_stale == 1)
            }
        };
        let value = collateral::count(self.exchange, input, over, stale)?;
        if let Some(slot) = input.underlying {
            self.scratch.underlyings[usize::from(slot)].linear_e6 += value.mark_e6;
        }
        self.held.mark_e6 += value.mark_e6;
        self.held.maintenance_e6 += value.maintenance_e6;
        self.held.initial_e6 += value.initial_e6;
        Ok(())
    }

    /// Concludes the check for a portfolio with this cash (1e-6 quote).
    ///
    /// # Errors
    /// Cash beyond the money range.
    pub fn finish(self, cash_e6: i64) -> Result<MarginReport, RiskError> {
        self.finish_with_groups(cash_e6).map(|(report, _)| report)
    }

    /// As [`Self::finish`], with the IM scan and the MM scan of each group.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_with_groups(
        mut self,
        cash_e6: i64,
    ) -> Result<(MarginReport, [(GroupScan, GroupScan); GROUPS_MAX]), RiskError> {
        if cash_e6.unsigned_abs() > MONEY_MAX_E6.unsigned_abs() {
            return Err(RiskError::TooLarge);
        }
        let factor_e6 = self.exchange.mm_factor_e6;
        for slot in 0..self.underlyings {
            let (own, u) =
                (&self.scratch.desk.own[..self.so_far.own_rows], &mut self.scratch.underlyings[slot]);
            add_linear_leg(u);
            let kind = self.exchange.groups[usize::from(u.group)].measure;
            scan_underlying(u, own, slot, kind, factor_e6);
            price_open_interest(u);
        }
        let groups = self.scan_groups();
        let mut report = MarginReport { cash_e6, flags: self.flags, ..MarginReport::default() };
        self.add_up(&groups, &mut report);
        Ok((report, groups))
    }

    fn scan_groups(&self) -> [(GroupScan, GroupScan); GROUPS_MAX] {
        let underlyings = &self.scratch.underlyings[..self.underlyings];
        let own = &self.scratch.desk.own[..self.so_far.own_rows];
        let mut groups = [(GroupScan::default(), GroupScan::default()); GROUPS_MAX];
        for (id, (scan, group)) in groups.iter_mut().zip(&self.exchange.groups).enumerate() {
            *scan = scan_group((id as u8, group), underlyings, own, self.exchange.mm_factor_e6);
        }
        groups
    }

    /// Requirements, equity and excesses (risk.md §6).
    pub(crate) fn add_up(&mut self, groups: &[(GroupScan, GroupScan); GROUPS_MAX], r: &mut MarginReport) {
        r.worst_scenario = [u8::MAX; 8];
        for (place, (initial, _)) in r.worst_scenario.iter_mut().zip(groups) {
            *place = initial.worst;
        }
        r.scan_e6 = groups.iter().map(|g| g.0.scan_e6).sum();
        r.scan_maintenance_e6 = groups.iter().map(|g| g.1.scan_e6).sum::<i64>().min(r.scan_e6);
        let (mut least, mut bounded, mut options_initial) = (0i64, true, 0i64);
        let (mut rounded_scaled, mut rounded_whole) = (0i64, 0i64);
        for u in &self.scratch.underlyings[..self.underlyings] {
            for (sum, part) in [
                (&mut r.short_min_e6, u.short_min_e6),
                (&mut r.basis_e6, u.basis_e6),
                (&mut r.liquidity_e6, u.liquidity_e6),
                (&mut r.open_interest_e6, u.open_interest_e6),
                (&mut r.oracle_e6, u.oracle_e6),
                (&mut r.ema_e6, u.ema_e6),
                (&mut r.options_e6, u.value_e6),
                (&mut r.impact_e6, u.impact_e6),
                (&mut options_initial, u.value_initial_e6),
                (&mut rounded_scaled, u.rounded_scaled_e12),
                (&mut rounded_whole, u.rounded_whole_e12),
            ] {
                // At most 2^59 each, of 8 underlyings.
                *sum = (Lane(*sum) + Lane(part)).0;
            }
            r.gross_e6 = r.gross_e6.saturating_add(u.gross_e6);
            bounded &= u.least_e6 != NO_FLOOR_E6;
            least = least.saturating_add(u.floor_e6());
        }
        // What rounding added to each part is at most the part.
        let less = |exact: u128, rounded: i64| exact.saturating_sub(u128::from(rounded.unsigned_abs()));
        let scaled = less(e12(r.liquidity_e6 + r.open_interest_e6 + r.oracle_e6), rounded_scaled);
        let whole = less(e12(r.short_min_e6 + r.basis_e6), rounded_whole);
        let initial = e12(r.scan_e6) + scaled + whole;
        let (_, scaled_maintenance) = share_e12(scaled, self.exchange.mm_factor_e6);
        let maintenance = e12(r.scan_maintenance_e6) + scaled_maintenance + whole;
        let (buffer, _) = share_e12(initial.saturating_sub(maintenance), self.exchange.exit_buffer_e6);
        // IM and MM are rounded up once, from exact sums. B is a target, to the nearest, and kept between them.
        r.initial_e6 = round_up(initial).0 + r.ema_e6;
        r.maintenance_e6 = round_up(maintenance).0;
        r.exit_e6 = round_up((maintenance + buffer).saturating_sub(500_000)).0.max(r.maintenance_e6);

        let counted = counted_cash(r.cash_e6, self.exchange.peg_e8);
        r.collateral_mark_e6 = self.held.mark_e6;
        r.collateral_maintenance_e6 = self.held.maintenance_e6;
        r.collateral_initial_e6 = self.held.initial_e6;
        r.equity_mark_e6 = r.cash_e6 + self.held.mark_e6 + r.options_e6;
        r.equity_maintenance_e6 = counted + self.held.maintenance_e6 + r.options_e6;
        r.equity_initial_e6 = counted + self.held.initial_e6 + options_initial;
        let floor = |held: i64| {
            if bounded {
                counted.saturating_add(held).saturating_add(least).max(NO_FLOOR_E6 + 1)
            } else {
                NO_FLOOR_E6
            }
        };
        r.floor_initial_e6 = floor(self.held.initial_e6);
        r.floor_maintenance_e6 = floor(self.held.maintenance_e6);
        r.excess_initial_e6 = (r.equity_initial_e6 - r.initial_e6).max(r.floor_initial_e6);
        r.excess_exit_e6 = (r.equity_maintenance_e6 - r.exit_e6).max(r.floor_maintenance_e6);
        r.excess_maintenance_e6 = (r.equity_maintenance_e6 - r.maintenance_e6).max(r.floor_maintenance_e6);
    }
}

/// Positive cash at the peg, at most 1; negative cash in full.
pub(crate) fn counted_cash(cash_e6: i64, peg_e8: u64) -> i64 {
    if cash_e6 > 0 && peg_e8 < 100_000_000 {
        ratio_floor_e8(cash_e6, peg_e8)
    } else {
        cash_e6
    }
}

/// Money times a price of at most 1 at 1e-8, rounded down.
pub(crate) fn ratio_floor_e8(money_e6: i64, price_e8: u64) -> i64 {
    // |money| < 2^63 and price < 2^27: the quotient is below the money itself.
    ((i128::from(money_e6) * i128::from(price_e8)).div_euclid(100_000_000)) as i64
}

/// Takes the collateral held in the underlying itself into its losses: a linear leg at full amount.
fn add_linear_leg(u: &mut UnderlyingState) {
    if u.linear_e6 == 0 {
        return;
    }
    for s in 0..SCENARIOS {
        let (move_q40, weight_q40) = scenario_move(s, u.range_q40);
        let moved = weighted_nearest(-u.linear_e6, move_q40);
        u.losses_e6[s] += weighted_nearest(moved, weight_q40);
    }
}

/// (move, weight) of a scenario at 2^-40.
pub(crate) fn scenario_move(s: usize, range_q40: i64) -> (i64, i64) {
    match s.checked_sub(3 * GRID_MOVES) {
        None => (range_q40 * (s as i64 / 3 - (GRID_MOVES / 2) as i64) / 4, ONE_Q40),
        Some(tail) => {
            let percent = TAIL_PERCENT[tail];
            (percent * ONE_Q40 / 100, tail_weight_q40(percent, range_q40))
        }
    }
}
