//! Runs the engine on a case and keeps everything it says on the way.

use crate::input::{Case, Collateral, Exchange, Expiry, Params, Underlying};
use ballast_risk::liquidation::{discount_e9, slice, slice_price, SlicePlan, SlicePrice, SliceTerms};
use ballast_risk::series::{quote, ExpiryQuote, SeriesQuote};
use ballast_risk::{
    Assessment, CollateralInput, ExchangeInput, ExpiryInput, ExpiryReport, GroupInput, GroupScan, LineInput,
    MarginReport, MarketParams, Measure, OwnStrikeRow, RiskError, Scratch, Strike, UnderlyingInput,
    UnderlyingState,
};
use std::{collections::BTreeMap, fmt};

/// Why a case cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The engine refuses an input.
    Engine(RiskError),
    /// A name or index of the case refers to nothing, or there are too many of something.
    Reference(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::Reference(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

impl From<RiskError> for Error {
    fn from(error: RiskError) -> Self {
        Self::Engine(error)
    }
}

/// What the engine said of one underlying.
#[derive(Debug, Clone)]
pub struct UnderlyingOutcome {
    /// Forward, discount and own-strike weight of each expiry.
    pub expiries: Vec<ExpiryQuote>,
    /// Value and Greeks of each expiry.
    pub reports: Vec<ExpiryReport>,
    /// Own-strike scenarios in the order found.
    pub own_strikes: Vec<OwnStrikeRow>,
    /// Losses, scans and add-ons.
    pub state: UnderlyingState,
}

/// The whole answer.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Underlyings in the order of the case.
    pub underlyings: Vec<UnderlyingOutcome>,
    /// Quote of each leg's series, in the order of the case.
    pub legs: Vec<SeriesQuote>,
    /// Names of the groups and their scans for IM and MM.
    pub groups: Vec<(String, GroupScan, GroupScan)>,
    /// The margin report.
    pub report: MarginReport,
    /// What may be liquidated.
    pub plan: SlicePlan,
    /// Price of the largest slice.
    pub price: SlicePrice,
    /// δ(t), 1e-9.
    pub discount_e9: i64,
}

/// Evaluates a case.
///
/// # Errors
/// [`Error`] naming what is wrong with the case.
pub fn evaluate(case: &Case) -> Result<Outcome, Error> {
    let names: Vec<&String> = case.exchange.groups.keys().collect();
    let exchange = exchange_input(&case.exchange)?;
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let mut assessment = Assessment::begin(&mut scratch, &exchange)?;
    let params: Vec<MarketParams> =
        case.underlyings.iter().map(|u| find_params(case, u)).collect::<Result<_, _>>()?;
    let mut parts = Vec::new();
    for (i, u) in case.underlyings.iter().enumerate() {
        let group = names.iter().position(|name| **name == u.group);
        let group = group
            .ok_or_else(|| Error::Reference(format!("underlying {} names no group {}", u.id, u.group)))?;
        let input = underlying_input(u, &params[i], group as u8);
        // The engine wants expiries soonest first; a case may have them in any order and gets its answer in that order.
        let mut order: Vec<usize> = (0..u.expiries.len()).collect();
        order.sort_by_key(|&e| u.expiries[e].secs);
        let sorted = order.iter().map(|&e| expiry_input(&u.expiries[e]));
        let mut own = Vec::new();
        let lines = lines_of(case, i, u, &order)?;
        assessment.underlying_recorded(&input, sorted, lines.into_iter(), &mut |row: OwnStrikeRow| {
            own.push(OwnStrikeRow { expiry: order[usize::from(row.expiry)] as u8, ..row });
        })?;
        own.sort_by_key(|row| row.expiry);
        let mut reports = vec![assessment.expiries()[0]; order.len()];
        for (&to, report) in order.iter().zip(assessment.expiries()) {
            reports[to] = *report;
        }
        let quotes = u.expiries.iter().map(|e| Ok(quote(&exchange, &input, &expiry_input(e), None)?.0));
        parts.push((quotes.collect::<Result<Vec<_>, Error>>()?, reports, own));
    }
    for c in &case.portfolio.collateral {
        assessment.collateral(&collateral_input(case, c)?)?;
    }
    let (report, groups) = assessment.finish_with_groups(case.portfolio.cash)?;
    let underlyings =
        parts.into_iter().zip(scratch.underlyings()).map(|((expiries, reports, own_strikes), state)| {
            UnderlyingOutcome { expiries, reports, own_strikes, state: *state }
        });
    let terms = SliceTerms {
        discount_e9: discount_e9(case.liquidation.t),
        peg_e8: exchange.peg_e8,
        dust_equity_e6: exchange.dust_equity_e6,
        mm_factor_e6: exchange.mm_factor_e6,
        exit_buffer_e6: exchange.exit_buffer_e6,
    };
    let plan = slice(&report, &terms);
    Ok(Outcome {
        underlyings: underlyings.collect(),
        legs: leg_quotes(case, &exchange, &params)?,
        groups: names.into_iter().cloned().zip(groups).map(|(name, (im, mm))| (name, im, mm)).collect(),
        report,
        plan,
        price: slice_price(&plan, plan.fraction_max_e9),
        discount_e9: terms.discount_e9,
    })
}

fn find_params(case: &Case, u: &Underlying) -> Result<MarketParams, Error> {
    let p = case.params.get(&u.params);
    p.map(market_params)
        .ok_or_else(|| Error::Reference(format!("underlying {} names no params {}", u.id, u.params)))
}

/// Lines of underlying `i`: legs of one series netted, calls and puts of one strike together, ascending by the sorted
/// expiries (`order[new] = old`).
fn lines_of(case: &Case, i: usize, u: &Underlying, order: &[usize]) -> Result<Vec<LineInput>, Error> {
    let mut lines: BTreeMap<(u8, u64), (i64, i64)> = BTreeMap::new();
    for (_, expiry, strike, kind, qty) in case.portfolio.legs.iter().filter(|leg| leg.0 == i) {
        let place = order.iter().position(|&old| old == usize::from(*expiry));
        let place =
            place.ok_or_else(|| Error::Reference(format!("a leg names expiry {expiry} of {}", u.id)))?;
        let line = lines.entry((place as u8, *strike)).or_default();
        let side = match kind.as_str() {
            "C" => &mut line.0,
            "P" => &mut line.1,
            other => return Err(Error::Reference(format!("a leg is of kind {other}, neither C nor P"))),
        };
        *side = side.checked_add(*qty).ok_or(RiskError::Quantity)?;
    }
    let line = |((expiry, strike), (calls_e6, puts_e6))| LineInput {
        expiry,
        strike: Strike::new(strike),
        calls_e6,
        puts_e6,
    };
    Ok(lines.into_iter().map(line).collect())
}

fn leg_quotes(
    case: &Case,
    exchange: &ExchangeInput,
    params: &[MarketParams],
) -> Result<Vec<SeriesQuote>, Error> {
    let one = |(i, expiry, strike, _, _): &(usize, u8, u64, String, i64)| {
        let u = case
            .underlyings
            .get(*i)
            .ok_or_else(|| Error::Reference(format!("a leg names underlying {i}")))?;
        let input = underlying_input(u, &params[*i], 0);
        let expiry = expiry_input(&u.expiries[usize::from(*expiry)]);
        Ok(quote(exchange, &input, &expiry, Some(Strike::new(*strike)))?.1)
    };
    case.portfolio.legs.iter().map(one).collect()
}

fn exchange_input(x: &Exchange) -> Result<ExchangeInput, Error> {
    let mut groups = [GroupInput::default(); ballast_risk::bounds::GROUPS_MAX];
    if x.groups.len() > groups.len() {
        return Err(RiskError::UnknownGroup.into());
    }
    for (to, (name, group)) in groups.iter_mut().zip(&x.groups) {
        let measure = match group.measure.as_str() {
            "worst" => Measure::Worst,
            "es" => Measure::ExpectedShortfall,
            other => return Err(Error::Reference(format!("group {name} has no measure {other}"))),
        };
        *to = GroupInput { rho_e6: group.rho, measure };
    }
    Ok(ExchangeInput {
        rate_e6: x.r,
        conf_z_e6: x.z,
        window_secs: x.window,
        long_weight_e6: x.long_weight,
        mm_factor_e6: x.mm_factor,
        exit_buffer_e6: x.exit_buffer,
        haircut_max_e6: x.haircut_max,
        peg_e8: x.peg,
        dust_equity_e6: x.dust_equity,
        groups,
    })
}

fn market_params(p: &Params) -> MarketParams {
    MarketParams {
        kappa_e6: p.kappa,
        mpor_secs: p.mpor,
        range_min_e6: p.pr_min,
        range_max_e6: p.pr_max,
        sigma_min_e6: p.sigma_min,
        sigma_max_e6: p.sigma_max,
        smile_min_e6: p.smile_min,
        smile_max_e6: p.smile_max,
        vol_up_e6: p.vol_up,
        vol_down_e6: p.vol_down,
        vol_up_min_e6: p.vol_up_min,
        vol_power_short_e6: p.vol_p_short,
        vol_power_long_e6: p.vol_p_long,
        short_min_e6: p.som,
        basis_e6: p.beta,
        spread_e6: p.spread,
        impact_e6: p.impact,
        depth_e6: p.depth,
        vol_spread_e6: p.volspread,
        oi_scale_e6: p.oi_scale,
        oi_free_e6: p.oi_free,
        ema_free_e6: p.ema_free,
    }
}

fn underlying_input<'a>(u: &Underlying, params: &'a MarketParams, group: u8) -> UnderlyingInput<'a> {
    UnderlyingInput {
        params,
        spot_e8: u.spot,
        conf_e8: u.conf,
        ema_e8: u.ema,
        vol_e6: u.v,
        vol_margin_e6: u.v_star,
        vol_ref_e6: u.v_ref,
        oi_share_e6: u.oi_share,
        group,
        vol_stale: u.vol_stale,
        price_stale: u.price_stale,
        realised_only: u.r_only,
    }
}

fn expiry_input(e: &Expiry) -> ExpiryInput {
    ExpiryInput {
        secs_left: e.secs,
        atm_e6: e.a,
        skew_e6: e.b,
        curvature_e6: e.c,
        basis_e6: e.f,
        averaged_secs: e.twap_seconds,
        average_e8: e.twap_avg,
        settled_e8: e.settled.unwrap_or(0),
    }
}

fn collateral_input(case: &Case, c: &Collateral) -> Result<CollateralInput, Error> {
    let underlying = match &c.underlying {
        None => None,
        Some(id) => {
            let place = case.underlyings.iter().position(|u| u.id == *id);
            let place = place.ok_or_else(|| {
                Error::Reference(format!("collateral {} names no underlying {id}", c.asset))
            })?;
            Some(place as u8)
        }
    };
    Ok(CollateralInput {
        amount: c.amount,
        decimals: 6,
        price_e8: c.price,
        conf_e8: c.conf,
        ema_e8: c.ema,
        haircut_e6: c.h0,
        haircut_slope_e6: c.h1,
        cap: c.cap,
        deposits: c.deposits,
        underlying,
    })
}
