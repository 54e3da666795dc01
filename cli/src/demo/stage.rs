//! The stage: the world, the players in it, and the one who tells what they do.

use super::{
    cast::{Who, CAST},
    market::{self, Moment, MovingAverage, SYMBOLS},
    record::{Chapter, Margins, MarketState, Refused, Step, Teller},
};
use crate::out::Failure;
use ballast::error::BallastError;
use ballast_harness::{
    outcome::{Outcome, Rejected},
    world::Sent,
    Trader, World,
};
use ballast_risk::MarginReport;
use ballast_sdk::event::Event;

/// See the module.
pub struct Stage<'a> {
    /// The world.
    pub world: World,
    traders: Vec<Trader>,
    average: MovingAverage,
    teller: &'a mut dyn Teller,
}

impl<'a> Stage<'a> {
    /// A world with the whole cast in it, each with an open portfolio and nothing in it.
    ///
    /// # Errors
    /// A portfolio cannot be opened.
    pub fn new(mut world: World, teller: &'a mut dyn Teller) -> Result<Self, Failure> {
        let enter = |player: &super::cast::Player| world.funded(player.name, 0).map_err(fault);
        let traders = CAST.iter().map(enter).collect::<Result<_, _>>()?;
        Ok(Self { world, traders, average: MovingAverage::new(&market::CALM[0]), teller })
    }

    /// A player in the world.
    #[must_use]
    pub fn trader(&self, who: Who) -> Trader {
        self.traders[who as usize].clone()
    }

    /// A chapter begins.
    pub fn chapter(&mut self, id: &'static str, title: &'static str) {
        self.teller.chapter(Chapter { id, title });
    }

    /// Tells a step.
    pub fn tell(&mut self, step: &Step) {
        self.teller.step(step);
    }

    /// Tells the end.
    pub fn end(&mut self, ending: &super::ending::Ending) {
        self.teller.end(ending);
    }

    /// A player's margin at the prices published. Every transaction of the world is checked to leave the very same
    /// report in the account, to the bit.
    ///
    /// # Errors
    /// A price is missing, or the engine refuses.
    pub fn margin(&self, who: Who) -> Result<MarginReport, Failure> {
        self.world.margin(&self.trader(who)).map_err(Failure::of)
    }

    /// Does one instruction and makes a step of it, without its text yet, with the margins of those it concerns.
    ///
    /// # Errors
    /// It was refused.
    pub fn act(
        &mut self,
        instruction: &'static str,
        whose: &[Who],
        action: impl FnOnce(&mut World) -> Sent,
    ) -> Result<(Step, Outcome), Failure> {
        let before = self.margins(whose)?;
        let outcome = action(&mut self.world).map_err(fault)?;
        let mut step = Step::new(self.world.vm.now(), "").costing(instruction, outcome.compute_units);
        step.margins = self.moved(whose, before)?;
        Ok((step, outcome))
    }

    /// Does one instruction that must be refused with this error, and makes a step of it.
    ///
    /// # Errors
    /// It was accepted, or refused for another reason.
    pub fn refuse(
        &mut self,
        instruction: &'static str,
        expected: BallastError,
        action: impl FnOnce(&mut World) -> Sent,
    ) -> Result<Step, Failure> {
        let name = expected.name();
        let number = u32::from(expected);
        match action(&mut self.world) {
            Ok(_) => Err(Failure(format!("{instruction} was accepted; {name} ({number}) was expected"))),
            Err(rejected) if rejected.number == Some(number) => {
                let mut step = Step::new(self.world.vm.now(), "")
                    .costing(instruction, rejected.transaction_compute_units);
                step.refused = Some(Refused { number, name: rejected.name, message: rejected.message });
                Ok(step)
            }
            Err(rejected) => Err(fault(rejected)),
        }
    }

    /// The margins of several players.
    ///
    /// # Errors
    /// As [`Self::margin`].
    pub fn margins(&self, whose: &[Who]) -> Result<Vec<MarginReport>, Failure> {
        whose.iter().map(|who| self.margin(*who)).collect()
    }

    /// What became of margins.
    ///
    /// # Errors
    /// As [`Self::margin`].
    pub fn moved(&self, whose: &[Who], before: Vec<MarginReport>) -> Result<Vec<Margins>, Failure> {
        let both = whose.iter().zip(before);
        both.map(|(who, before)| {
            Ok(Margins { who: *who, before, after: self.margin(*who)?, checked_for: None })
        })
        .collect()
    }

    /// Time passes to a moment, whose prices and volatilities are published; every market samples its spot.
    ///
    /// # Errors
    /// A post was refused.
    pub fn publish(&mut self, moment: &Moment) -> Result<Step, Failure> {
        let ahead_secs = moment.time - self.world.vm.now();
        self.world.vm.advance(ahead_secs);
        // At the start the feeds have spoken already: markets are listed with a price and a volatility.
        if ahead_secs > 0 {
            self.publish_prices(moment.prices_e8);
            for (symbol, vol_e6) in SYMBOLS.iter().zip(market::volatilities_e6(moment.time)) {
                self.world.post_volatility(symbol, vol_e6).map_err(fault)?;
            }
        }
        let mut step = Step::new(moment.time, "prices and volatilities are published");
        for symbol in SYMBOLS {
            let outcome = self.world.update_volatility(symbol).map_err(fault)?;
            step = step.costing("volatility_update", outcome.compute_units);
        }
        step.markets = self.market_states(moment);
        Ok(step)
    }

    /// Every feed publishes a price now, 1e-8 quote.
    pub fn publish_prices(&mut self, prices_e8: [u64; 3]) {
        let averages_e8 = self.average.after(self.world.vm.now(), prices_e8);
        for ((symbol, price_e8), average_e8) in SYMBOLS.iter().zip(prices_e8).zip(averages_e8) {
            self.world.jump_price(symbol, price_e8, average_e8);
        }
    }

    /// The program's own margin check of each player, in a transaction each.
    ///
    /// # Errors
    /// It was refused.
    pub fn check(&mut self, step: &mut Step) -> Result<(), Failure> {
        for margins in &mut step.margins {
            let trader = self.traders[margins.who as usize].clone();
            let outcome = self.world.check_margin(&trader).map_err(fault)?;
            margins.checked_for = Some(outcome.compute_units);
        }
        Ok(())
    }

    fn market_states(&self, moment: &Moment) -> Vec<MarketState> {
        let state = |(place, symbol): (usize, &&'static str)| {
            let volatility = self.world.market(self.world.id(symbol)).volatility;
            let (price_e8, start_e8) = (moment.prices_e8[place], market::CALM[0].prices_e8[place]);
            let share_e6 = i128::from(price_e8) * 1_000_000 / i128::from(start_e8);
            MarketState {
                symbol,
                price_e8,
                print: moment.print,
                change_e6: i64::try_from(share_e6).unwrap_or(0) - 1_000_000,
                vol_e6: volatility.vol_e6,
                realised_e6: volatility.realised_e6,
                vol_margin_e6: volatility.vol_margin_e6,
            }
        };
        SYMBOLS.iter().enumerate().map(state).collect()
    }
}

/// A refusal that nobody expected, with the program's logs.
#[must_use]
pub fn fault(rejected: Box<Rejected>) -> Failure {
    Failure(format!("refused: {rejected}\n{}", rejected.logs.join("\n")))
}

/// The first event of a kind.
///
/// # Errors
/// There is none: the program did something else than it says.
pub fn event<'o, T>(outcome: &'o Outcome, kind: impl FnMut(&'o Event) -> Option<T>) -> Result<T, Failure> {
    outcome.event(kind).ok_or_else(|| Failure("the program emitted no event of the kind".to_owned()))
}
