use super::*;
use proptest::prelude::*;

const USD: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// A fund in which the house has so much and one staker so much, at time 0.
fn fund(house_e6: i64, staked_e6: i64) -> (Fund, u64) {
    let mut fund = Fund { balance_e6: house_e6, ..Fund::default() };
    let shares = fund.stake(staked_e6).unwrap();
    (fund, shares)
}

/// Goal: what was in the fund before stays the house's, and the first staker gets no more and no less than the stake.
/// Method: a seed of 500, a stake of 1,000, both valued.
#[test]
fn the_seed_is_the_houses() {
    let (fund, shares) = fund(500 * USD, 1_000 * USD);
    assert_eq!((fund.house_shares, shares, fund.shares), (500_000_000, 1_000_000_000, 1_500_000_000));
    assert_eq!(fund.worth_e6(shares, 0), 1_000 * USD);
}

/// Goal: who enters before a contribution and leaves after it gains nothing. Method: a stake as large as the fund, a
/// contribution, an unstake at once; then after half a week and after all of it.
#[test]
fn a_contribution_is_earned_by_staying() {
    for (days, least, most) in [(0, 999, 1_000), (3, 1_020, 1_022), (7, 1_049, 1_050), (30, 1_049, 1_050)] {
        let (mut fund, _) = fund(1_000 * USD, 1_000 * USD);
        let shares = fund.stake(2_000 * USD).unwrap() / 2;
        fund.contribute(200 * USD, 0).unwrap();
        let left = fund.unstake(shares, days * DAY).unwrap();
        assert!((least * USD..=most * USD).contains(&left.value_e6), "{days}: {}", left.value_e6);
    }
}

/// Goal: who enters after a contribution pays for it. Method: enter at the price of all, leave at the price of what is
/// earned.
#[test]
fn who_enters_pays_for_what_is_not_earned() {
    let (mut fund, _) = fund(0, 1_000 * USD);
    fund.contribute(1_000 * USD, 0).unwrap();
    let shares = fund.stake(1_000 * USD).unwrap();
    let left = fund.unstake(shares, 0).unwrap();
    assert!(left.value_e6 < 670 * USD, "{}", left.value_e6);
}

/// Goal: the leaving pool pays its part of a claim and earns nothing. Method: half leaves, a contribution, a claim of a
/// third.
#[test]
fn who_leaves_still_pays() {
    let (mut fund, shares) = fund(0, 1_000 * USD);
    let left = fund.unstake(shares / 2, 0).unwrap();
    assert_eq!(left.value_e6, fund.leaving_e6);
    fund.contribute(500 * USD, 0).unwrap();
    assert_eq!(fund.leaving_worth_e6(left.leaving_shares), left.value_e6);
    let balance = fund.balance_e6;
    assert_eq!(fund.pay(balance / 3), balance / 3);
    let kept = fund.leaving_worth_e6(left.leaving_shares);
    assert!((kept - left.value_e6 * 2 / 3).abs() <= 1, "{kept} of {}", left.value_e6);
    assert_eq!(fund.claim(left.leaving_shares), Some(kept));
    assert_eq!((fund.leaving_e6, fund.leaving_shares), (0, 0));
}

/// Goal: a fund that paid everything starts anew, and old shares are worth nothing. Method: claims of all there is, with a
/// staker and one who is leaving; a new stake.
#[test]
fn an_exhausted_fund_starts_anew() {
    let (mut fund, shares) = fund(0, 1_000 * USD);
    let left = fund.unstake(shares / 4, 0).unwrap();
    assert_eq!(fund.pay(i64::MAX), 1_000 * USD);
    assert_eq!((fund.balance_e6, fund.shares, fund.leaving_shares), (0, 0, 0));
    assert_eq!((fund.generation, fund.leaving_generation), (1, 1));
    assert_eq!((fund.claim(left.leaving_shares), fund.unstake(1, 0)), (None, None));
    let again = fund.stake(10 * USD).unwrap();
    assert!(fund.worth_e6(again, 0) > 10 * USD - 2_000);
}

/// Goal: inflating the price of a share does not pay. Method: one unit staked, a huge contribution, a victim's stake of
/// less than a thousandth of it; what the attacker can take out at last.
#[test]
fn the_first_staker_cannot_rob_the_second() {
    let (mut fund, attacker) = fund(0, 1);
    fund.contribute(10_000 * USD, 0).unwrap();
    assert_eq!(fund.stake(9 * USD), None, "not a share: refused, not lost");
    let victim = fund.stake(15_000 * USD).unwrap();
    let later = 8 * DAY;
    assert!(fund.worth_e6(victim, later) > 14_990 * USD, "{}", fund.worth_e6(victim, later));
    assert!(fund.worth_e6(attacker, later) < 11 * USD);
}

/// Goal: many small contributions do not hold up a large one. Method: a large one, then a unit an hour for the week.
#[test]
fn small_contributions_hold_nothing_up() {
    let (mut fund, _) = fund(0, 1_000 * USD);
    fund.contribute(700 * USD, 0).unwrap();
    for hour in 1..=7 * 24 {
        fund.contribute(1, hour * 3_600).unwrap();
    }
    assert!(fund.unearned_at_e6(7 * DAY) < USD, "{}", fund.unearned_at_e6(7 * DAY));
}

/// One thing that happens to a fund.
#[derive(Debug, Clone)]
enum Act {
    Stake(i64),
    Unstake(u64),
    Claim(u64),
    Contribute(i64),
    Pay(i64),
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let money = 1i64..1 << 40;
    prop_oneof![
        money.clone().prop_map(Act::Stake),
        (1u64..=100).prop_map(Act::Unstake),
        (1u64..=100).prop_map(Act::Claim),
        money.clone().prop_map(Act::Contribute),
        money.prop_map(Act::Pay),
        (0i64..20 * DAY).prop_map(Act::Wait),
    ]
}

proptest! {
    /// Goal: whatever happens, the pools are within the balance, money is neither made nor lost, nobody takes out more than
    /// the fund has, and no action of one makes another's shares worth less but a claim. Method: random lives of a fund
    /// with two stakers, every amount tracked.
    #[test]
    fn a_fund_adds_up(seed in 0i64..1 << 40, acts in prop::collection::vec((act(), any::<bool>()), 1..60)) {
        let mut fund = Fund { balance_e6: seed, ..Fund::default() };
        let (mut held, mut leaving, mut now, mut money) = ([0u64; 2], [0u64; 2], 0, i128::from(seed));
        for (act, second) in acts {
            let (who, other) = (usize::from(second), usize::from(!second));
            let (generation, leaving_generation) = (fund.generation, fund.leaving_generation);
            let before = fund.worth_e6(held[other], now) + fund.leaving_worth_e6(leaving[other]);
            let mut paid = false;
            match act {
                Act::Stake(amount) => {
                    let was = fund;
                    match fund.stake(amount) {
                        Some(shares) => {
                            held[who] += shares;
                            money += i128::from(amount);
                            prop_assert!(fund.worth_e6(shares, now) <= amount);
                        }
                        None => fund = was,
                    }
                }
                Act::Unstake(percent) => {
                    let shares = held[who] / 100 * percent;
                    let was = fund;
                    match fund.unstake(shares, now) {
                        Some(left) => {
                            held[who] -= shares;
                            leaving[who] += left.leaving_shares;
                            prop_assert!(fund.leaving_worth_e6(left.leaving_shares) <= left.value_e6);
                        }
                        None => fund = was,
                    }
                }
                Act::Claim(percent) => {
                    let shares = leaving[who] / 100 * percent;
                    if let Some(value) = fund.claim(shares) {
                        leaving[who] -= shares;
                        money -= i128::from(value);
                    }
                }
                Act::Contribute(amount) => {
                    fund.contribute(amount, now).unwrap();
                    money += i128::from(amount);
                }
                Act::Pay(amount) => {
                    money -= i128::from(fund.pay(amount));
                    paid = true;
                }
                Act::Wait(secs) => now += secs,
            }
            if fund.generation > generation {
                held = [0; 2];
            }
            if fund.leaving_generation > leaving_generation {
                leaving = [0; 2];
            }
            prop_assert_eq!(i128::from(fund.balance_e6), money);
            prop_assert!(fund.balance_e6 >= 0 && (0..=fund.balance_e6).contains(&fund.leaving_e6));
            prop_assert!((0..=fund.staked_e6()).contains(&fund.unearned_at_e6(now)));
            prop_assert_eq!(fund.shares, fund.house_shares + held[0] + held[1]);
            prop_assert_eq!(fund.leaving_shares, leaving[0] + leaving[1]);
            let of_all = [0, 1].map(|at| fund.worth_e6(held[at], now) + fund.leaving_worth_e6(leaving[at]));
            prop_assert!(of_all[0] + of_all[1] <= fund.balance_e6);
            if !paid {
                // Every quotient may lose a unit to rounding.
                prop_assert!(of_all[other] >= before - 2, "{} after {before}", of_all[other]);
            }
        }
    }
}
