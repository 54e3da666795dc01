//! Scenes of liquidation: a strangle sold near the margin's limit, and the fall that takes it below.

use crate::{
    pit::cash_e6,
    scene::{listed, HOUR_SECS, UNIT_E6, USD_E6, USD_E8},
};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::{Leg, LiquidateSliceArgs};
use ballast_harness::{
    world::{Kind, Surface},
    Sent, Trader, World,
};
use ballast_risk::liquidation::{discount_e9, slice, SlicePlan, SliceTerms};
use ballast_sdk::instruction::{
    liquidation::{liquidate_slice, liquidation_end, liquidation_start},
    Side,
};
use solana_signer::Signer;

/// The whole of a book, 1e-9.
pub const WHOLE_E9: u64 = 1_000_000_000;

/// `victim` sold strangles of BTC to `house`; `taker` has cash and nothing else.
pub struct Fall {
    pub world: World,
    pub victim: Trader,
    pub house: Trader,
    pub taker: Trader,
    pub expiry: i64,
}

/// Four strangles sold by a victim with 100,000; nothing has moved yet.
pub fn sold() -> Fall {
    sold_of(4 * UNIT_E6, 100_000 * USD_E6)
}

/// Four strangles as in [`sold`], the strikes' slots in ascending or descending order of price.
pub fn sold_where(from_above: bool) -> Fall {
    let (mut world, _) = listed();
    let expiry = world.vm.now() + 31 * 86_400;
    let mut strikes = [100_000, 140_000].map(|strike| strike * USD_E8);
    if from_above {
        strikes.reverse();
    }
    world.list_expiry("BTC", expiry, Surface::default(), &strikes).expect("an expiry");
    sold_in(world, expiry, 4 * UNIT_E6, 100_000 * USD_E6)
}

/// So many strangles (1e-6 unit) sold by a victim with so much cash (1e-6 quote).
pub fn sold_of(qty_e6: i64, cash_e6: u64) -> Fall {
    let (world, expiry) = listed();
    sold_in(world, expiry, qty_e6, cash_e6)
}

/// So many strangles sold in a world that lists them.
pub fn sold_in(mut world: World, expiry: i64, qty_e6: i64, cash_e6: u64) -> Fall {
    let house = world.funded("house", 2_000_000 * USD_E6).expect("a buyer");
    let victim = world.funded("victim", cash_e6).expect("a seller");
    let taker = world.funded("taker", 2_000_000 * USD_E6).expect("a liquidator");
    let legs = strangle(&world, expiry, -qty_e6);
    world.trade_at_mark(&house, &victim, &legs).expect("a trade");
    Fall { world, victim, house, taker, expiry }
}

/// The strangle of the scenes: puts at 100,000 and calls at 140,000.
pub fn strangle(world: &World, expiry: i64, qty_e6: i64) -> [Leg; 2] {
    [(100_000, Kind::Put), (140_000, Kind::Call)]
        .map(|(strike, kind)| world.leg("BTC", expiry, strike * USD_E8, kind, qty_e6))
}

/// A dollar under the price at which the victim may be flagged.
pub fn fallen() -> Fall {
    let mut fall = sold();
    fall.drop(0);
    fall
}

/// Flagged a dollar under the limit.
pub fn flagged() -> Fall {
    let mut fall = fallen();
    fall.world.flag(&fall.victim).expect("a flag");
    fall
}

/// Flagged well under the limit: 4 % lower.
pub fn sunk() -> Fall {
    let mut fall = sold();
    fall.drop(40);
    fall.world.flag(&fall.victim).expect("a flag");
    fall
}

impl Fall {
    /// BTC falls to a dollar, and so many thousandths more, under the price at which the victim may be flagged, and rests
    /// there.
    pub fn drop(&mut self, thousandths: u64) {
        let limit_e8 = self.limit_e8();
        self.rest_at((limit_e8 - USD_E8) / 1_000 * (1_000 - thousandths));
    }

    /// BTC falls to a dollar above the price at which the victim may be flagged, and rests there: under initial margin.
    pub fn drop_short_of_it(&mut self) {
        let limit_e8 = self.limit_e8();
        self.rest_at(limit_e8 + USD_E8);
    }

    /// A second later every feed speaks, and BTC rests at a price, 1e-8 quote.
    pub fn rest_at(&mut self, price_e8: u64) {
        self.world.vm.advance(1);
        self.world.refresh_prices();
        self.world.set_price("BTC", price_e8);
    }

    /// The highest price under the current one at which the victim may be flagged, 1e-8 quote.
    pub fn limit_e8(&self) -> u64 {
        let portfolio = self.world.portfolio_of(&self.victim);
        let prices = self.world.snapshot().liquidation_prices(&portfolio, 0).expect("a search");
        prices.below_e8.expect("a strangle has one below")
    }

    /// What the auction allows of the victim's book at this moment, by the engine.
    pub fn plan(&self) -> SlicePlan {
        let params = self.world.exchange().params;
        let flagged_at = self.world.portfolio_of(&self.victim).liquidation.flagged_at;
        let terms = SliceTerms {
            discount_e9: discount_e9(self.world.vm.now() - flagged_at),
            peg_e8: USD_E8,
            dust_equity_e6: params.dust_equity_e6,
            mm_factor_e6: params.mm_factor_e6,
            exit_buffer_e6: params.exit_buffer_e6,
        };
        slice(&self.world.margin(&self.victim).expect("a report"), &terms)
    }

    /// The taker takes up to a fraction.
    pub fn take(&mut self, fraction_e9: u64) -> Sent {
        self.world.take_slice(&self.victim.clone(), &self.taker.clone(), fraction_e9)
    }

    /// The taker takes with arguments of the caller's.
    pub fn take_with(&mut self, args: LiquidateSliceArgs) -> Sent {
        self.world.take_slice_with(&self.victim.clone(), &self.taker.clone(), args)
    }

    /// The instruction of a slice by the taker.
    pub fn slice_instruction(&self, args: LiquidateSliceArgs) -> Instruction {
        let (victim, taker) = (self.world.portfolio_of(&self.victim), self.world.portfolio_of(&self.taker));
        let (exchange, prices) = (self.world.exchange(), self.world.price_accounts());
        liquidate_slice(&exchange, &victim, Side::owner(&taker), &prices, args).expect("an instruction")
    }

    /// The instruction with which the crank flags the victim.
    pub fn flag_instruction(&self) -> Instruction {
        let (victim, crank) = (self.world.portfolio_of(&self.victim), self.world.crank.pubkey());
        let (exchange, prices) = (self.world.exchange(), self.world.price_accounts());
        liquidation_start(&exchange, &crank, &victim, &prices).expect("an instruction")
    }

    /// The instruction that frees the victim.
    pub fn end_instruction(&self) -> Instruction {
        let victim = self.world.portfolio_of(&self.victim);
        liquidation_end(&self.world.exchange(), &victim, &self.world.price_accounts())
            .expect("an instruction")
    }

    /// Fees of trades between house and a newcomer, swept into insurance: at least so much, 1e-6 quote.
    pub fn insure(&mut self, least_e6: i64) {
        let (world, house) = (&mut self.world, &self.house);
        let customer = world.funded("customer", 30_000_000 * USD_E6).expect("a customer");
        world.fund(house, "USDC", 30_000_000 * USD_E6).expect("more cash");
        let call = |world: &World, qty| world.leg("BTC", self.expiry, 120_000 * USD_E8, Kind::Call, qty);
        while world.exchange().insurance_e6 < least_e6 {
            for qty_e6 in [100 * UNIT_E6, -100 * UNIT_E6] {
                let leg = call(world, qty_e6);
                world.trade_at_mark(house, &customer, &[leg]).expect("a trade");
            }
            world.sweep_fees("BTC").expect("fees");
        }
    }

    /// An hour passes while prices go on: the auction's discount is complete.
    pub fn wait_an_hour(&mut self) {
        self.world.wait(HOUR_SECS).expect("feeds speak");
    }

    /// Cash of (victim, taker, insurance), 1e-6 quote.
    pub fn cash(&self) -> [i64; 3] {
        let world = &self.world;
        [cash_e6(world, &self.victim), cash_e6(world, &self.taker), world.exchange().insurance_e6]
    }
}

/// Arguments of a slice without limits.
pub fn asking(fraction_e9: u64) -> LiquidateSliceArgs {
    LiquidateSliceArgs {
        fraction_e9,
        fraction_min_e9: 0,
        book_price_min_e6: i64::MIN,
        book_price_max_e6: i64::MAX,
        sequence: None,
    }
}
