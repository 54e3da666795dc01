//! The exchange: authorities, quote currency, collateral assets, fees, insurance, gates and model parameters.

use crate::{
    constants::{COLLATERALS, GATES, GROUPS, MARKETS},
    error::BallastError,
    state::{CashLedger, GatePause, InsuranceState, OutflowWindow},
};
use anchor_lang::prelude::*;
use ballast_risk::losses::{CashIndex, Totals};
use core::mem::{align_of, offset_of, size_of};

/// [`CollateralAsset::status`]: the slot is empty.
pub const COLLATERAL_EMPTY: u8 = 0;
/// [`CollateralAsset::status`]: the asset is accepted.
pub const COLLATERAL_ACTIVE: u8 = 1;
/// [`CorrelationGroup::measure`]: the worst loss.
pub const MEASURE_WORST: u8 = 0;
/// [`CorrelationGroup::measure`]: expected shortfall.
pub const MEASURE_EXPECTED_SHORTFALL: u8 = 1;

/// Model and fee parameters of the exchange. Writer: `exchange_init`.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct ExchangeParams {
    /// Interest rate for discounting, 1e-6 a year, ≥ 0.
    pub rate_e6: i64,
    /// Multiple of the oracle's confidence that is charged, 1e-6, ≥ 1.
    pub conf_z_e6: i64,
    /// Length of the settlement averaging window, seconds.
    pub window_secs: i64,
    /// Share of a positive option value that counts for IM, 1e-6.
    pub long_weight_e6: i64,
    /// Share of scan, liquidity and oracle add-ons in MM, 1e-6.
    pub mm_factor_e6: i64,
    /// Share of (IM − EMA add-on − MM) above MM at which a liquidation ends, 1e-6.
    pub exit_buffer_e6: i64,
    /// Largest haircut, 1e-6.
    pub haircut_max_e6: i64,
    /// Mark equity under which a whole book may be taken, 1e-6 quote.
    pub dust_equity_e6: i64,
    /// Trading fee, ratio of the underlying's notional, 1e-6.
    pub fee_rate_e6: i64,
    /// Cap of the trading fee of a leg, ratio of the leg's premium, 1e-6.
    pub fee_premium_cap_e6: i64,
}

/// One correlation group. Writer: `exchange_init`.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct CorrelationGroup {
    /// Share of the joint scan in the group's scan, 1e-6, 0 to 1.
    pub rho_e6: i64,
    /// [`MEASURE_WORST`] or [`MEASURE_EXPECTED_SHORTFALL`].
    pub measure: u8,
    /// Zero.
    pub padding: [u8; 7],
}

crate::state::borsh_as_bytes!(ExchangeParams);
crate::state::borsh_as_bytes!(CorrelationGroup);

/// One collateral asset. Writers: `collateral_add`; deposits, outflow and publish time by the money instructions.
#[zero_copy]
#[derive(Debug)]
#[repr(C)]
pub struct CollateralAsset {
    /// Mint of the token.
    pub mint: Pubkey,
    /// Vault that holds the token: PDA `["vault", mint]`, its own authority being the exchange.
    pub vault: Pubkey,
    /// SPL Token or Token-2022.
    pub token_program: Pubkey,
    /// Pyth feed of the token's price in quote currency.
    pub feed_id: [u8; 32],
    /// Decimals of the mint.
    pub decimals: u8,
    /// [`COLLATERAL_EMPTY`] or [`COLLATERAL_ACTIVE`].
    pub status: u8,
    /// Id of the market of the same price feed, plus one; 0 while there is none. Also written by `market_init`.
    pub market_plus_one: u8,
    /// Bump of the vault.
    pub vault_bump: u8,
    /// Zero.
    pub padding: [u8; 4],
    /// Haircut at reference volatility h0, 1e-6.
    pub haircut_e6: i64,
    /// Slope of the haircut in V*/Vref − 1 above zero h1, 1e-6.
    pub haircut_slope_e6: i64,
    /// Deposits above which the IM weight scales down, base units; 0 for none.
    pub deposit_soft_cap: u64,
    /// Deposits that are never exceeded, base units.
    pub deposit_hard_cap: u64,
    /// Σ of all portfolios' amounts, base units: the claims on the vault.
    pub deposits: u64,
    /// Newest publish time seen of the feed, unix seconds. Prices only move forward.
    pub last_publish_time: i64,
    /// What a portfolio may withdraw in an hour whatever the outflow, base units (about 1,000 quote at listing).
    pub withdrawal_exempt: u64,
    /// Net outflow of the last hour.
    pub outflow: OutflowWindow,
    /// Zero.
    pub reserved: [u8; 64],
}

/// The clearing house. PDA `["exchange"]`.
#[account(zero_copy)]
#[derive(Debug)]
#[repr(C)]
pub struct Exchange {
    /// Layout version.
    pub version: u8,
    /// Bump of this account.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Number of markets listed; ids count from 0.
    pub market_count: u16,
    /// Number of collateral assets listed.
    pub collateral_count: u8,
    /// Bump of the quote vault.
    pub quote_vault_bump: u8,
    /// Lists markets and collateral, names the authorities.
    pub admin: Pubkey,
    /// Reserved for the two-step transfer of `admin`.
    pub pending_admin: Pubkey,
    /// Lists expiries and strikes, permits publishers.
    pub risk_authority: Pubkey,
    /// Pauses gates.
    pub guardian: Pubkey,
    /// Mint of the quote currency (6 decimals).
    pub quote_mint: Pubkey,
    /// Vault of the quote currency: PDA `["vault", mint]`.
    pub quote_vault: Pubkey,
    /// SPL Token or Token-2022.
    pub quote_token_program: Pubkey,
    /// Pyth feed of the quote currency in dollars; zeros fix the peg at 1.
    pub peg_feed_id: [u8; 32],
    /// Last peg seen, 1e-8 dollar. Writer: instructions that record prices.
    pub peg_e8: u64,
    /// Publish time of the last peg seen, unix seconds.
    pub peg_publish_time: i64,
    /// Bits of [`crate::constants`]' `GATE_…`; a set bit is closed. Writer: `gate_set`.
    pub gates: u64,
    /// Insurance balance, 1e-6 quote, ≥ 0. Writers: `fees_sweep`, liquidation, the instructions of the fund.
    pub insurance_e6: i64,
    /// Shares of the insurance fund's staked pool, the house's included.
    pub insurance_shares: u64,
    /// What a positive unit of cash kept at an index of 1 is worth, 1e-12: falls when a loss is shared. Writer:
    /// `socialise_shortfall`.
    pub cash_index_e12: u64,
    /// Open shortfall that insurance could not pay, 1e-6 quote, ≥ 0; while positive nobody withdraws. Writers:
    /// `liquidate_slice`, `resolve_insolvency`, `socialise_shortfall`.
    pub shortfall_e6: i64,
    /// Net outflow of the quote vault in the last hour.
    pub quote_outflow: OutflowWindow,
    /// Model and fee parameters.
    pub params: ExchangeParams,
    /// Correlation groups.
    pub groups: [CorrelationGroup; GROUPS],
    /// Addresses of the markets by id: a market account is genuine only if it is the one registered here.
    pub markets: [Pubkey; MARKETS],
    /// Spot feeds of the markets by id, the same as each market's own `feed_id`. Writer: `market_init`.
    pub market_feeds: [[u8; 32]; MARKETS],
    /// Collateral assets by index.
    pub collaterals: [CollateralAsset; COLLATERALS],
    /// The rest of the insurance fund.
    pub insurance: InsuranceState,
    /// Quote tokens that came in less those that went out, 1e-6 quote: what the vault owes. Writers: every instruction that
    /// moves quote tokens.
    pub quote_claims_e6: i64,
    /// Debts and uncollected losses, as far as they are kept here.
    pub ledger: CashLedger,
    /// How often all cash was lost and the cash index began anew.
    pub cash_generation: u64,
    /// Times a shortfall was shared.
    pub socialised_count: u64,
    /// Σ of the shortfalls shared, 1e-6 quote.
    pub socialised_e6: i64,
    /// Pauses of the gates, by bit. Writers: `pause`, `unpause`.
    pub pauses: [GatePause; GATES],
    /// Zero.
    pub reserved: [u8; 80],
}

const _: () = {
    assert!(size_of::<ExchangeParams>() == 80);
    assert!(size_of::<CorrelationGroup>() == 16);
    assert!(size_of::<CollateralAsset>() == 320);
    assert!(size_of::<Exchange>() == 4_368);
    assert!(align_of::<Exchange>() == 8);
    assert!(offset_of!(Exchange, version) == 0 && offset_of!(Exchange, bump) == 1);
    assert!(offset_of!(Exchange, admin) == 8);
    assert!(offset_of!(Exchange, markets) == 528);
    assert!(offset_of!(Exchange, collaterals) == 1_552);
    assert!(offset_of!(Exchange, insurance) == 4_112);
};

impl Exchange {
    /// Seeds that sign for the exchange, with its bump.
    #[must_use]
    pub fn signer_seeds(bump: &u8) -> [&[u8]; 2] {
        [crate::constants::SEED_EXCHANGE, core::slice::from_ref(bump)]
    }

    /// The market id registered for an address, if any.
    #[must_use]
    pub fn market_id(&self, address: &Pubkey) -> Option<u8> {
        let count = usize::from(self.market_count);
        self.markets
            .iter()
            .take(count)
            .position(|market| market == address)
            .and_then(|id| u8::try_from(id).ok())
    }

    /// The market whose spot feed this is, if any.
    #[must_use]
    pub fn market_of_feed(&self, feed_id: &[u8; 32]) -> Option<u8> {
        let count = usize::from(self.market_count);
        self.market_feeds
            .iter()
            .take(count)
            .position(|feed| feed == feed_id)
            .and_then(|id| u8::try_from(id).ok())
    }

    /// Errors: [`BallastError::GateClosed`] while the gate of a bit in `gates` is closed or paused.
    pub fn require_open(&self, gates: u64, now: i64) -> Result<()> {
        let paused =
            (0..).zip(&self.pauses).any(|(bit, pause)| gates >> bit & 1 == 1 && pause.is_running(now));
        require!(self.gates & gates == 0 && !paused, BallastError::GateClosed);
        Ok(())
    }

    /// The pauses of the gates whose bits are set.
    pub fn pauses_of(&mut self, gates: u64) -> impl Iterator<Item = &mut GatePause> {
        let all = (0..).zip(&mut self.pauses);
        all.filter(move |(bit, _)| gates >> bit & 1 == 1).map(|(_, pause)| pause)
    }

    /// The index positive cash is worth at this moment.
    #[must_use]
    pub fn cash_index(&self) -> CashIndex {
        CashIndex { index_e12: self.cash_index_e12, generation: self.cash_generation }
    }

    /// The house's books, given what all portfolios owe. They add up when every settled expiry has paid out.
    #[must_use]
    pub fn totals(&self, debts_e6: i64) -> Totals {
        Totals {
            claims_e6: self.quote_claims_e6,
            debts_e6,
            shortfall_e6: self.shortfall_e6,
            insurance_e6: self.insurance_e6,
        }
    }

    /// Adds to the open shortfall. Errors: [`BallastError::Overflow`].
    pub fn open_shortfall(&mut self, missing_e6: i64) -> Result<()> {
        let shortfall_e6 = self.shortfall_e6.checked_add(missing_e6);
        self.shortfall_e6 = shortfall_e6.ok_or_else(|| error!(BallastError::Overflow))?;
        Ok(())
    }

    /// Counts quote tokens that came in, or below zero went out. No more goes out than came in by the program: tokens that
    /// somebody sent to the vault past it are in no claim, and paying claims out of them would leave a shortfall that is
    /// owed to nobody. Errors: [`BallastError::Overflow`], [`BallastError::VaultBelowClaims`].
    pub fn move_claims(&mut self, change_e6: i64) -> Result<()> {
        let claims_e6 = self.quote_claims_e6.checked_add(change_e6).ok_or(BallastError::Overflow)?;
        require!(change_e6 >= 0 || claims_e6 >= 0, BallastError::VaultBelowClaims);
        self.quote_claims_e6 = claims_e6;
        Ok(())
    }

    /// Whether the quote currency's peg is read from a feed.
    #[must_use]
    pub fn has_peg_feed(&self) -> bool {
        self.peg_feed_id != [0; 32]
    }

    /// The index of the active collateral asset of a mint.
    #[must_use]
    pub fn collateral_index(&self, mint: &Pubkey) -> Option<usize> {
        self.collaterals.iter().position(|asset| asset.is_active() && asset.mint == *mint)
    }
}

impl CollateralAsset {
    /// Whether the asset is listed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == COLLATERAL_ACTIVE
    }

    /// Id of the market whose underlying the asset is.
    #[must_use]
    pub fn market(&self) -> Option<u8> {
        self.market_plus_one.checked_sub(1)
    }
}
