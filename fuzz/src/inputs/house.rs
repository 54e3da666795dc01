//! A life of the house out of bytes: stakes, contributions, claims, losses, balances that are touched, time.

use super::Choice;
use arbitrary::{Arbitrary, Result, Unstructured};

/// Stakers, and as many holders of cash.
pub const PEOPLE: usize = 4;
/// Most that happens in a life.
const ACTS: usize = 48;
/// 10 million quote, 1e-6.
const MONEY_E6: i64 = 10_000_000_000_000;
const WEEK_SECS: i64 = 7 * 86_400;

/// What the house begins with, and what happens to it.
#[derive(Debug, Clone)]
pub struct House {
    /// Whether every number is of an everyday size.
    pub tame: bool,
    /// Insurance before anybody staked, 1e-6 quote.
    pub insurance_e6: i64,
    /// Cash of each holder, 1e-6 quote; below zero a debt.
    pub cash_e6: [i64; PEOPLE],
    /// What happens, in order.
    pub acts: Vec<Act>,
    /// The leg that a liquidator takes.
    pub leg: Leg,
}

/// Something that happens: who (a count of people), amounts in 1e-6 quote, parts of a holding in 255ths.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// A staker brings money.
    Stake(usize, i64),
    /// A staker asks for a part back.
    Unstake(usize, u8),
    /// A staker takes a part of what is leaving.
    Claim(usize, u8),
    /// Fees come in.
    Contribute(i64),
    /// Insurance pays, and what it lacks is shared by all cash.
    Lose(i64),
    /// A balance is brought to the index of now.
    Touch(usize),
    /// Seconds pass.
    Wait(i64),
}

/// A leg as a liquidator takes it, and a search for how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Leg {
    /// Quantity, 1e-6 unit.
    pub qty_e6: i64,
    /// Mark, 1e-14 quote a unit, as a product.
    pub mark: [i64; 2],
    /// Maintenance margin relieved, 1e-6 quote.
    pub relieved_e6: i64,
    /// Seconds since the flag.
    pub secs: i64,
    /// Excess over the exit requirement with nothing taken and with all of it, 1e-6 quote.
    pub excesses_e6: [i64; 2],
}

impl<'a> Arbitrary<'a> for House {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut choice = Choice::new(bytes)?;
        let insurance_e6 = choice.number(0, MONEY_E6);
        let cash_e6 = core::array::from_fn(|_| choice.signed(MONEY_E6));
        let leg = leg(&mut choice);
        let count = choice.pick(ACTS + 1);
        let acts = (0..count).map(|_| act(&mut choice)).collect();
        Ok(Self { tame: choice.is_tame(), insurance_e6, cash_e6, acts, leg })
    }
}

fn act(choice: &mut Choice) -> Act {
    let who = choice.pick(PEOPLE);
    match choice.pick(8) {
        0 => Act::Stake(who, choice.number(0, MONEY_E6)),
        1 => Act::Unstake(who, choice.pick(256) as u8),
        2 => Act::Claim(who, choice.pick(256) as u8),
        3 => Act::Contribute(choice.number(0, MONEY_E6)),
        4 | 5 => Act::Lose(choice.number(0, MONEY_E6)),
        6 => Act::Touch(who),
        _ => Act::Wait(choice.number(0, 2 * WEEK_SECS).max(0)),
    }
}

fn leg(choice: &mut Choice) -> Leg {
    Leg {
        qty_e6: choice.signed(1 << 50),
        mark: [choice.number(0, 1 << 50), choice.number(0, 1 << 20)],
        relieved_e6: choice.number(0, 1 << 56),
        secs: choice.number(-60, 2 * WEEK_SECS),
        excesses_e6: [choice.number(-(1 << 56), -1), choice.number(0, 1 << 56)],
    }
}
