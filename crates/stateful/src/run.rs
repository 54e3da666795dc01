//! Lives: one from a seed, one from a script, many at once.

use crate::{
    faults::known,
    generate::Generator,
    house::{Came, House},
    judge::{Failure, Landmark, PANIC},
    script::{Script, Start, Step},
    tally::Tally,
};
use ballast_harness::vm::StartError;
use rayon::prelude::*;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::atomic::{AtomicBool, Ordering},
};

/// Instructions of one life. Enough for an expiry of a month, few enough that lives differ.
pub const LIFE_INSTRUCTIONS: u64 = 2_500;
/// Steps of a life at most, should hardly any of them be instructions.
const STEPS_MAX: u64 = 20 * LIFE_INSTRUCTIONS;

/// A life that should not have come to what it came to.
#[derive(Debug)]
pub struct Found {
    /// Seed of the life; none if it was replayed.
    pub seed: Option<u64>,
    /// What happened, up to the step that failed.
    pub script: Script,
    /// What it failed by.
    pub failure: Failure,
}

/// Houses at their beginning, made once and forked for every life.
#[derive(Default)]
pub struct Nursery {
    houses: BTreeMap<(bool, bool), House>,
}

impl Nursery {
    /// A new house.
    ///
    /// # Errors
    /// The program's binary is missing or does not load.
    pub fn house(&mut self, start: Start) -> Result<House, StartError> {
        let key = (start.peg, start.extreme);
        if let std::collections::btree_map::Entry::Vacant(vacant) = self.houses.entry(key) {
            vacant.insert(House::open(start)?);
        }
        Ok(self.houses[&key].fork())
    }
}

thread_local! {
    static NURSERY: RefCell<Nursery> = RefCell::default();
}

/// Performs a step; a panic is a failure too.
///
/// # Errors
/// What should never happen did.
pub fn perform(house: &mut House, step: &Step) -> Result<Came, Box<Failure>> {
    guarded(step, || house.perform(step))
}

/// What comes of a step, where a panic is a failure too.
pub(crate) fn guarded(
    step: &Step,
    perform: impl FnOnce() -> Result<Came, Box<Failure>>,
) -> Result<Came, Box<Failure>> {
    catch_unwind(AssertUnwindSafe(perform)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Failure::new(PANIC, format!("{} at {step:?}", said.unwrap_or_default()), &[]))
    })
}

/// Lives a life from a seed.
///
/// # Errors
/// The program's binary is missing or does not load.
pub fn live(
    nursery: &mut Nursery,
    seed: u64,
    instructions: u64,
) -> Result<(Tally, Option<Found>), StartError> {
    let mut generator = Generator::new(seed);
    let start = generator.start();
    let mut house = nursery.house(start)?;
    let mut script = Script { start, steps: Vec::new() };
    let mut tally = Tally { lives: 1, ..Tally::default() };
    while tally.instructions < instructions && tally.steps < STEPS_MAX {
        let step = generator.next(&house);
        script.steps.push(step.clone());
        match perform(&mut house, &step) {
            Ok(came) => tally.add(&came),
            Err(failure) => return Ok((tally, Some(Found { seed: Some(seed), script, failure: *failure }))),
        }
    }
    Ok((tally, None))
}

/// Looks for a life that reaches a landmark, from a seed on: what happened up to there.
///
/// # Errors
/// The program's binary is missing or does not load.
pub fn reach(
    nursery: &mut Nursery,
    seeds: std::ops::Range<u64>,
    landmark: &str,
) -> Result<Option<Script>, StartError> {
    for seed in seeds {
        let mut generator = Generator::new(seed);
        let mut house = nursery.house(generator.start())?;
        let mut script = Script { start: generator.start(), steps: Vec::new() };
        for _ in 0..LIFE_INSTRUCTIONS {
            let step = generator.next(&house);
            script.steps.push(step.clone());
            match perform(&mut house, &step) {
                Ok(came) if came.landmarks.contains(&landmark) => return Ok(Some(script)),
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
    Ok(None)
}

/// Whether a script reaches a landmark, nothing failing on the way.
#[must_use]
pub fn reaches(nursery: &mut Nursery, script: &Script, landmark: &str) -> bool {
    let lived = replay(nursery, script);
    let is = |name: &Landmark| *name == landmark;
    lived.is_ok_and(|(tally, failure)| failure.is_none() && tally.landmarks.keys().any(is))
}

/// Lives a script again.
///
/// # Errors
/// The program's binary is missing or does not load.
pub fn replay(nursery: &mut Nursery, script: &Script) -> Result<(Tally, Option<Failure>), StartError> {
    let mut house = nursery.house(script.start)?;
    let mut tally = Tally { lives: 1, ..Tally::default() };
    for step in &script.steps {
        match perform(&mut house, step) {
            Ok(came) => tally.add(&came),
            Err(failure) => return Ok((tally, Some(*failure))),
        }
    }
    Ok((tally, None))
}

/// How many lives, from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Instructions of all lives together, about.
    pub instructions: u64,
    /// Seed of the first life; the next has the next.
    pub seed: u64,
}

/// Lives many lives, in as many threads as rayon has. Every life is the same whatever the threads. No new life begins after
/// one failed.
///
/// # Errors
/// The program's binary is missing or does not load.
pub fn many(plan: Plan, progress: impl Fn(&Tally) + Sync) -> Result<(Tally, Vec<Found>), StartError> {
    let lives = plan.instructions.div_ceil(LIFE_INSTRUCTIONS).max(1);
    let each = plan.instructions.div_ceil(lives);
    let failed = AtomicBool::new(false);
    let lived = (0..u32::try_from(lives).unwrap_or(u32::MAX)).into_par_iter().with_max_len(1).map(|life| {
        if failed.load(Ordering::Relaxed) {
            return Ok((Tally::default(), Vec::new()));
        }
        let seed = plan.seed.wrapping_add(u64::from(life));
        let (mut tally, mut found) = NURSERY.with_borrow_mut(|nursery| live(nursery, seed, each))?;
        if let Some(fault) = found.as_ref().and_then(|found| known(&found.failure)) {
            tally.faults.insert(fault.name, 1);
            found = None;
        }
        failed.fetch_or(found.is_some(), Ordering::Relaxed);
        progress(&tally);
        Ok((tally, Vec::from_iter(found)))
    });
    lived.try_reduce(
        || (Tally::default(), Vec::new()),
        |(tally, mut found), (more, also)| {
            found.extend(also);
            Ok((tally.with(more), found))
        },
    )
}
