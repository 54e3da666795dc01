//! What every replay must show, whatever happened in it.

use crate::figures::Figures;
use ballast_harness::ceilings::{TRANSACTION_UNITS, WIDEST_SLICE_UNITS};

/// Farthest beyond the exit test, of IM, 1e-6 (1 %).
const BEYOND_EXIT_E6: i64 = 10_000;
/// What a portfolio may bear of a shared loss beyond its part, 1e-6 quote: a unit, and a step of the index.
const INDEX_ROUNDING_E6: i64 = 2;
/// Least portfolios of a population.
const PORTFOLIOS_MIN: u64 = 200;

/// The bars that are not met, in words.
#[must_use]
pub fn broken(figures: &Figures) -> Vec<String> {
    let mut all = Vec::new();
    let mut require = |met: bool, otherwise: String| {
        if !met {
            all.push(otherwise);
        }
    };
    let (checks, money) = (figures.checks(), &figures.money);
    let first = figures.first_broken.as_deref().unwrap_or("");
    require(checks.broken == 0, format!("{} checks of invariants failed, first {first}", checks.broken));
    require(checks.checked > 0, "no invariant was ever checked".to_owned());
    for vault in &figures.vaults {
        let (balance, claims) = (vault.balance, vault.claims);
        require(balance == claims, format!("the {} vault holds {balance}, claims are {claims}", vault.asset));
    }
    let beyond = figures.liquidation.beyond_exit_e6;
    require(
        beyond <= BEYOND_EXIT_E6,
        format!("a liquidation ended {beyond} millionths of IM beyond the exit test"),
    );
    let wide = figures.units.wide_slice;
    require(wide <= WIDEST_SLICE_UNITS, format!("a slice of 64 legs cost {wide} compute units"));
    let most = figures.units.most.values().copied().max().unwrap_or(0);
    require(most <= TRANSACTION_UNITS, format!("an instruction cost {most} compute units"));
    let paid = money.insurance_paid_e6 + money.socialised_e6 + money.shortfall_e6;
    require(
        money.deficits_e6 == paid,
        format!("deficits of {}, of which {paid} are accounted for", money.deficits_e6),
    );
    let over = money.index_fell_e6 - money.socialised_e6;
    let holders = i64::try_from(figures.population.portfolios).unwrap_or(i64::MAX) * INDEX_ROUNDING_E6;
    let shared = i64::try_from(figures.sent.get("socialise_shortfall").copied().unwrap_or(0)).unwrap_or(0);
    let in_index = (0..=holders * shared).contains(&over);
    require(
        in_index,
        format!("{} were socialised, the index took {}", money.socialised_e6, money.index_fell_e6),
    );
    let fund =
        figures.population.insurance_e6 + money.contributed_e6 + money.fees_e6 - money.insurance_paid_e6;
    require(
        fund == money.insurance_e6,
        format!("insurance is {}, its flows make {fund}", money.insurance_e6),
    );
    let portfolios = figures.population.portfolios;
    require(portfolios >= PORTFOLIOS_MIN, format!("only {portfolios} portfolios"));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Checks, Vault};

    fn good() -> Figures {
        let mut figures = Figures::default();
        figures.population.portfolios = 224;
        figures.invariants.insert("INV-3".to_owned(), Checks { checked: 9, broken: 0 });
        figures
    }

    /// Goal: each bar can be missed, and a good run misses none. Method: one thing wrong at a time.
    #[test]
    fn every_bar_can_be_missed() {
        assert_eq!(broken(&good()), Vec::<String>::new());
        let spoil: [fn(&mut Figures); 11] = [
            |f| f.invariants.values_mut().for_each(|checks| checks.broken = 1),
            |f| f.invariants.clear(),
            |f| f.vaults.push(Vault { asset: "USDC".to_owned(), balance: 2, claims: 3 }),
            |f| f.liquidation.beyond_exit_e6 = 10_001,
            |f| f.units.wide_slice = WIDEST_SLICE_UNITS + 1,
            |f| f.units.most.extend([("trade".to_owned(), TRANSACTION_UNITS + 1)]),
            |f| f.money.deficits_e6 = 1,
            |f| (f.money.socialised_e6, f.money.deficits_e6) = (5, 5),
            |f| f.money.index_fell_e6 = 1,
            |f| f.money.insurance_e6 = 1,
            |f| f.population.portfolios = 199,
        ];
        for (at, spoil) in spoil.iter().enumerate() {
            let mut figures = good();
            spoil(&mut figures);
            assert_eq!(broken(&figures).len(), 1, "{at}: {:?}", broken(&figures));
        }
    }
}
