//! Each failure fires on what it names, and on nothing beside it. Method throughout: what a transaction came to is
//! made up, or a real one is judged.

use super::*;
use crate::{
    action::Leg,
    run::{guarded, perform},
    script::{Start, Step},
};
use ballast_harness::{
    world::{Kind, Surface},
    Verdict,
};

const STRIKE_E8: u64 = 12_000_000_000_000;

fn house(extreme: bool) -> House {
    House::open(Start { peg: false, extreme }).expect("a house")
}

fn deposit(amount: u64) -> Action {
    Action::Deposit { actor: 0, book: 0, asset: 0, amount }
}

/// A transaction that went through.
fn accepted() -> Sent {
    Ok(Outcome {
        logs: Vec::new(),
        compute_units: 1,
        transaction_compute_units: 1,
        transaction_bytes: 1,
        events: Vec::new(),
        return_data: Vec::new(),
    })
}

/// A refusal of a number, with a name and a log line.
fn refused(number: Option<u32>, name: &str, log: &str) -> Sent {
    Err(Box::new(Rejected {
        instruction: Some(0),
        number,
        name: name.to_owned(),
        message: String::new(),
        account: None,
        logs: vec![log.to_owned()],
        transaction_compute_units: 1,
    }))
}

fn refused_by(error: BallastError) -> Sent {
    refused(Some(error.into()), "refused", "")
}

/// Id of the failure that an outcome is, if it is one.
fn id(house: &House, actions: &[Action], sent: &Sent, unsigned: bool) -> Option<String> {
    let mut came = Came { asked: actions.iter().map(Action::name).collect(), ..Came::default() };
    judge(house, actions, sent, unsigned, &mut came).err().map(|failure| failure.id)
}

/// Goal: a transaction without a signature must be refused, and nothing else about it is a failure. Method: the same
/// outcome signed and unsigned, and a refusal.
#[test]
fn what_goes_through_unsigned_is_found() {
    let (house, action) = (house(false), [deposit(1)]);
    assert_eq!(id(&house, &action, &accepted(), true).as_deref(), Some(UNSIGNED));
    assert_eq!(id(&house, &action, &accepted(), false), None);
    let missing = refused(None, "InstructionError(1, MissingRequiredSignature)", "");
    assert_eq!(id(&house, &action, &missing, true), None);
}

/// Goal: a sum of ordinary amounts that does not fit is found; of one that is not ordinary, or in a world with a
/// fortune, it is none. Method: the refusal with amounts on either side of the bound.
#[test]
fn an_overflow_of_ordinary_amounts_is_found() {
    let (usual, rich) = (house(false), house(true));
    let sent = refused_by(BallastError::Overflow);
    assert_eq!(id(&usual, &[deposit(ORDINARY_MAX)], &sent, false).as_deref(), Some(OVERFLOW));
    assert_eq!(id(&usual, &[deposit(ORDINARY_MAX + 1)], &sent, false), None);
    assert_eq!(id(&usual, &[deposit(1), deposit(u64::MAX)], &sent, false), None);
    assert_eq!(id(&rich, &[deposit(ORDINARY_MAX)], &sent, false), None);
    let leg = |qty| Leg { market: 0, expiry: 0, strike: 0, put: false, qty };
    let trade = |qty| Action::Trade {
        maker: 0,
        taker: 1,
        delegate: false,
        legs: vec![leg(qty)],
        premium: 0,
        deadline_in: 0,
    };
    assert_eq!(id(&usual, &[trade(-1)], &sent, false).as_deref(), Some(OVERFLOW));
    assert_eq!(id(&usual, &[trade(i64::MIN)], &sent, false), None);
    let other = refused_by(BallastError::InsufficientBalance);
    assert_eq!(id(&usual, &[deposit(1)], &other, false), None);
}

/// Goal: a panic, a foreign access and running out of compute units are found, and the last is excused where too much
/// was asked. Method: each as the runtime says it.
#[test]
fn an_abort_is_found() {
    let (house, one) = (house(false), [deposit(1)]);
    let aborts = [
        ("InstructionError(1, ProgramFailedToComplete)", ""),
        ("InstructionError(1, ComputationalBudgetExceeded)", ""),
        ("refused", "Program log: panicked at 'index out of bounds'"),
        ("refused", "Program failed: Access violation in unknown section at address 0x0 of size 8"),
        ("refused", "Program failed: exceeded CUs meter at BPF instruction"),
    ];
    for (name, log) in aborts {
        assert_eq!(
            id(&house, &one, &refused(None, name, log), false).as_deref(),
            Some(ABORT),
            "{name} {log}"
        );
    }
    let out_of_units = refused(None, aborts[0].0, aborts[4].1);
    let legs = |count: usize| {
        let leg = Leg { market: 0, expiry: 0, strike: 0, put: false, qty: 1 };
        [Action::LiquidateLegs { book: 0, taker: 1, legs: vec![leg; count] }]
    };
    assert_eq!(id(&house, &legs(1), &out_of_units, false).as_deref(), Some(ABORT));
    assert_eq!(id(&house, &legs(2), &out_of_units, false), None);
    assert_eq!(id(&house, &[deposit(1), deposit(1)], &out_of_units, false), None);
    // Too much asked excuses running out, and nothing else.
    let panicked = refused(None, aborts[0].0, aborts[2].1);
    assert_eq!(id(&house, &legs(2), &panicked, false).as_deref(), Some(ABORT));
    assert_eq!(id(&house, &one, &refused_by(BallastError::InitialMargin), false), None);
}

/// Goal: a liquidation that went more than 1 % of initial margin beyond the exit test is found, and neither one that
/// went so far as that nor one beside another instruction. Method: a real book that is beyond by some share, of which
/// a slice is said to have been taken; the bound is put on either side of the share by the owner's cash.
#[test]
fn a_liquidation_beyond_the_exit_is_found() {
    let mut house = house(false);
    let (owner, other) = (house.trader(0), house.trader(1));
    let world = &mut house.world;
    let expiry = world.vm.now() + 7 * 86_400;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[STRIKE_E8]).expect("an expiry");
    for trader in [&owner, &other] {
        world.deposit(trader, "USDC", 200_000_000_000).accepted();
    }
    let leg = world.leg("BTC", expiry, STRIKE_E8, Kind::Call, -1_000_000);
    world.trade_at_mark(&other, &owner, &[leg]).accepted();
    let at = owner.portfolio();
    let sliced = |events| accepted().map(|outcome| Outcome { events, ..outcome });
    let action = Action::LiquidateSlice { book: 0, taker: 1, fraction: 1, least: 0 };
    let report = house.world.margin(&owner).expect("a report");
    for (beyond_e6, expected) in [(10_000, None), (10_100, Some(BEYOND_EXIT))] {
        // The excess is made so many millionths of initial margin, and no more.
        let excess_e6 = report.initial_e6 * beyond_e6 / 1_000_000;
        let mut held = house.world.vm.account(&at).expect("an account");
        let cash = 8 + std::mem::offset_of!(ballast::state::Portfolio, cash_e6);
        let cash_e6 = report.cash_e6 - report.excess_exit_e6 + excess_e6;
        held.data[cash..cash + 8].copy_from_slice(&cash_e6.to_le_bytes());
        house.world.vm.set_account(at, held);
        let sent = sliced(vec![Event::SliceLiquidated(slice_of(at))]);
        let found = id(&house, std::slice::from_ref(&action), &sent, false);
        assert_eq!(found.as_deref(), expected, "{beyond_e6}");
        assert_eq!(id(&house, &[action.clone(), deposit(1)], &sent, false), None);
    }
}

/// A slice to the exit test, of which only the owner counts here.
fn slice_of(portfolio: Pubkey) -> SliceLiquidated {
    SliceLiquidated {
        portfolio,
        taker: Pubkey::default(),
        fraction_e9: 0,
        fraction_max_e9: 0,
        branch: BRANCH_SOLVENT,
        discount_e9: 0,
        book_price_e6: 0,
        price_e6: 0,
        contribution_e6: 0,
        cash_taken_e6: 0,
        collateral_taken: Default::default(),
        lines: 0,
        excess_maintenance_before_e6: 0,
        insurance_e6: 0,
        margin: None,
        taker_margin: None,
        ended: false,
        shortfall_e6: 0,
    }
}

/// Goal: a panic of native code is a failure with what it said, and a step that does not panic is none. Method: both
/// kinds of panic, and a real step.
#[test]
fn a_native_panic_is_found() {
    let step = Step::Pass(1);
    let panics: [fn() -> Came; 2] =
        [|| panic!("said plainly"), || panic!("said with a number: {}", std::hint::black_box(7))];
    for (panic, said) in panics.into_iter().zip(["said plainly", "said with a number: 7"]) {
        let failure = guarded(&step, || Ok(panic())).expect_err("it panics");
        assert_eq!(failure.id, PANIC);
        assert!(failure.found.contains(said) && failure.found.contains("Pass(1)"), "{failure}");
    }
    assert!(perform(&mut house(false), &step).is_ok());
}
