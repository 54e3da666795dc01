//! Trades, margin checks, volatility, liquidation and what follows it.

use super::NotBuilt;
use crate::{action::Action, house::House};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::{
    CollateralConvertArgs, LegWanted, LiquidateLegsArgs, LiquidateSliceArgs, TradeArgs,
};
use ballast_sdk::instruction::{
    liquidation::{self, Buyer},
    risk, trade, Side,
};
use solana_signer::Signer;

impl House {
    pub(crate) fn build_risk(&self, action: &Action) -> Result<Instruction, NotBuilt> {
        let prices = self.price_accounts();
        Ok(match action {
            Action::MarginCheck { book } => {
                risk::margin_check(&self.exchange(), &*self.portfolio(*book)?, &prices)?
            }
            Action::VolatilityUpdate { market } => {
                let market = self.world.market(self.market_id(*market));
                risk::volatility_update(&self.exchange(), &market, &prices)?
            }
            Action::VolatilityPost { market, publisher, vol, conf, age } => {
                let market = &self.world.markets[usize::from(self.market_id(*market))];
                let publishers = &market.publishers;
                let key = &publishers[usize::from(*publisher) % publishers.len().max(1)];
                let time = self.world.vm.now().saturating_sub(*age);
                risk::volatility_post(&key.pubkey(), &market.address, *vol, *conf, time)
            }
            Action::Trade { .. } => self.build_trade(action)?,
            _ => self.build_liquidation(action)?,
        })
    }

    fn build_trade(&self, action: &Action) -> Result<Instruction, NotBuilt> {
        let Action::Trade { maker, taker, delegate, legs, premium, deadline_in } = action else {
            return Err(NotBuilt::Missing);
        };
        let (made, taken) = (self.portfolio(*maker)?, self.portfolio(*taker)?);
        let side = |portfolio| if *delegate { Side::delegate(portfolio) } else { Side::owner(portfolio) };
        let args = TradeArgs {
            legs: legs.iter().map(|leg| self.series(leg)).collect(),
            premium_e6: *premium,
            maker_sequence: None,
            taker_sequence: None,
            deadline: self.world.vm.now().saturating_add(*deadline_in),
        };
        let (maker, taker) = (Side::owner(&made), side(&taken));
        Ok(trade::trade(&self.exchange(), maker, taker, &self.price_accounts(), args)?)
    }

    fn build_liquidation(&self, action: &Action) -> Result<Instruction, NotBuilt> {
        let (exchange, prices) = (self.exchange(), self.price_accounts());
        Ok(match action {
            Action::LiquidationStart { book } => {
                let crank = self.world.crank.pubkey();
                liquidation::liquidation_start(&exchange, &crank, &*self.portfolio(*book)?, &prices)?
            }
            Action::LiquidationEnd { book } => {
                liquidation::liquidation_end(&exchange, &*self.portfolio(*book)?, &prices)?
            }
            Action::LiquidateSlice { book, taker, fraction, least } => {
                let (held, taking) = (self.portfolio(*book)?, self.portfolio(*taker)?);
                let args = LiquidateSliceArgs {
                    fraction_e9: *fraction,
                    fraction_min_e9: *least,
                    book_price_min_e6: i64::MIN,
                    book_price_max_e6: i64::MAX,
                    sequence: None,
                };
                liquidation::liquidate_slice(&exchange, &held, Side::owner(&taking), &prices, args)?
            }
            Action::LiquidateLegs { book, taker, legs } => {
                let (held, taking) = (self.portfolio(*book)?, self.portfolio(*taker)?);
                let legs = legs.iter().map(|leg| {
                    let series = self.series(leg);
                    LegWanted {
                        market: series.market,
                        expiry_slot: series.expiry_slot,
                        strike_slot: series.strike_slot,
                        is_put: series.is_put,
                        qty_max_e6: leg.qty.unsigned_abs(),
                    }
                });
                let args = LiquidateLegsArgs { legs: legs.collect(), cash_min_e6: i64::MIN, sequence: None };
                liquidation::liquidate_legs(&exchange, &held, Side::owner(&taking), &prices, args)?
            }
            Action::CollateralConvert { book, buyer, asset, quote } => {
                let (held, token, key) =
                    (self.portfolio(*book)?, self.token(*asset), self.key(self.actor(*buyer)));
                let source = self.token(0).account_of(&key);
                let buyer = Buyer { key, source, destination: token.account_of(&key) };
                let args = CollateralConvertArgs { quote_e6: *quote, price_max_e8: u64::MAX };
                liquidation::collateral_convert(&exchange, &buyer, &held, &token.mint, &prices, args)?
            }
            Action::ResolveInsolvency { book } => {
                liquidation::resolve_insolvency(&self.trader(*book).portfolio())
            }
            Action::SocialiseShortfall => liquidation::socialise_shortfall(&exchange),
            Action::CollectLoss { book } => liquidation::collect_loss(&self.trader(*book).portfolio()),
            other => unreachable!("{} is no liquidation", other.name()),
        })
    }
}
