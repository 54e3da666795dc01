//! Listings and gates.

use super::{Built, NotBuilt};
use crate::{
    action::{Action, GateKeeper},
    house::House,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{
    constants::EXPIRIES,
    instructions::{CollateralAddArgs, ExpiryListArgs, MarketInitArgs, StrikeListArgs},
    state::VOLATILITY_FEED_NONE,
};
use ballast_harness::{keys::keypair, world::symbol_bytes, world::MarketSpec};
use ballast_sdk::instruction::{risk, setup};
use solana_signer::Signer;

/// Markets there are at most: three from the start, two that may come.
const MARKETS_MAX: usize = 5;

impl House {
    pub(crate) fn build_setup(&self, action: &Action) -> Built {
        let world = &self.world;
        let one = |instruction: Instruction| Ok(vec![instruction]);
        let risk_authority = world.risk_authority.pubkey();
        match action {
            Action::ExchangeInit => {
                let (admin, args) = (world.admin.pubkey(), world.exchange_args());
                let quote = self.token(0);
                one(setup::exchange_init(&admin, &admin, &quote.mint, &quote.program, args))
            }
            Action::CollateralAdd { haircut, slope, soft_cap, hard_cap } => {
                self.collateral_add((*haircut, *slope), (*soft_cap, *hard_cap))
            }
            Action::MarketInit { vol } => self.market_init(*vol),
            Action::VolatilityFeedInit { market, quorum } => {
                let publishers: Vec<Pubkey> =
                    world.markets[0].publishers.iter().map(|key| key.pubkey()).collect();
                let market = self.market_address(*market);
                one(risk::volatility_feed_init(
                    &risk_authority,
                    &risk_authority,
                    &market,
                    &publishers,
                    *quorum,
                ))
            }
            Action::ExpiryList { market, at, atm, skew, curvature, basis } => {
                let args = ExpiryListArgs {
                    expiry_ts: self.moment(*at),
                    atm_e6: *atm,
                    skew_e6: *skew,
                    curvature_e6: *curvature,
                    basis_e6: *basis,
                };
                one(setup::expiry_list(&risk_authority, &self.market_address(*market), args))
            }
            Action::StrikeList { market, expiry, strikes } => {
                let market = world.market(self.market_id(*market));
                let expiry_ts = market.expiries[usize::from(*expiry) % EXPIRIES].expiry_ts;
                let args = StrikeListArgs { expiry_slot: *expiry, expiry_ts, strikes_e8: strikes.clone() };
                one(setup::strike_list(&risk_authority, &self.market_address(market.id), args))
            }
            Action::GateSet { by, gates } => one(setup::gate_set(&self.gate_keeper(*by), *gates)),
            Action::Pause { by, gates } => one(setup::pause(&self.gate_keeper(*by), *gates)),
            Action::Unpause { by, gates } => one(setup::unpause(&self.gate_keeper(*by), *gates)),
            other => unreachable!("{} lists nothing", other.name()),
        }
    }

    fn gate_keeper(&self, by: GateKeeper) -> Pubkey {
        match by {
            GateKeeper::Admin => self.world.admin.pubkey(),
            GateKeeper::Guardian => self.world.guardian.pubkey(),
        }
    }

    fn market_address(&self, market: u8) -> Pubkey {
        self.world.markets[usize::from(self.market_id(market))].address
    }

    fn collateral_add(&self, haircut: (i64, i64), caps: (u64, u64)) -> Built {
        let (spec, token) = self.next_collateral().ok_or(NotBuilt::Missing)?;
        let args = CollateralAddArgs {
            feed_id: spec.feed_id,
            haircut_e6: haircut.0,
            haircut_slope_e6: haircut.1,
            deposit_soft_cap: caps.0,
            deposit_hard_cap: caps.1,
            withdrawal_exempt: 10u64.pow(u32::from(token.decimals)) * spec.exempt,
        };
        let admin = self.world.admin.pubkey();
        Ok(vec![setup::collateral_add(&admin, &admin, &token.mint, &token.program, args)])
    }

    /// The listing of the next market: one on realised volatility alone in a group that is measured by expected shortfall,
    /// then one with a feed account.
    #[must_use]
    pub fn next_market(&self, vol_e6: i64) -> MarketSpec {
        let number = u8::try_from(self.world.markets.len().saturating_sub(2)).unwrap_or(u8::MAX);
        let mut spec = MarketSpec::numbered(number);
        if number == 1 {
            spec.args.volatility_kind = VOLATILITY_FEED_NONE;
            spec.args.group = 1;
        }
        let args = &mut spec.args;
        (args.vol_e6, args.realised_e6, args.vol_ref_e6) = (vol_e6, vol_e6, vol_e6);
        spec
    }

    fn market_init(&self, vol_e6: i64) -> Built {
        if self.world.markets.len() >= MARKETS_MAX {
            return Err(NotBuilt::Missing);
        }
        let spec = self.next_market(vol_e6);
        let admin = self.world.admin.pubkey();
        let address = keypair(&format!("market {}", spec.symbol)).pubkey();
        let rent = self.world.vm.rent(setup::market_size());
        let args = MarketInitArgs { symbol: symbol_bytes(&spec.symbol), ..spec.args };
        Ok(setup::market_create(&admin, &admin, &address, rent, args).to_vec())
    }
}
