//! Lives repeat: a seed is one life, and its script is the same life without the generator.

use ballast_stateful::{
    generate::Generator,
    run::{live, perform, replay, Nursery},
    script::{Script, Start},
    tally::Tally,
};

const INSTRUCTIONS: u64 = 300;

/// Goal: a seed lives the same life every time, and the steps alone are enough. Method: twice from a seed, once from what was
/// written of it, outcomes compared.
#[test]
fn a_life_repeats_from_its_seed_and_from_its_script() {
    let mut nursery = Nursery::default();
    for seed in [1, 2, 3] {
        let (tally, found) = live(&mut nursery, seed, INSTRUCTIONS).expect("a house");
        assert!(found.is_none(), "{found:?}");
        let (again, _) = live(&mut nursery, seed, INSTRUCTIONS).expect("a house");
        assert_eq!(tally, again);
        let (script, written) = written(&mut nursery, seed);
        assert_eq!(tally, written);
        let read = Script::parse(&script.text("A life.")).expect("a script");
        let (replayed, failure) = replay(&mut nursery, &read).expect("a house");
        assert_eq!((replayed, failure), (tally, None));
    }
}

/// The script of a life.
fn written(nursery: &mut Nursery, seed: u64) -> (Script, Tally) {
    let mut generator = Generator::new(seed);
    let start: Start = generator.start();
    let mut house = nursery.house(start).expect("a house");
    let (mut script, mut tally) =
        (Script { start, steps: Vec::new() }, Tally { lives: 1, ..Tally::default() });
    while tally.instructions < INSTRUCTIONS {
        let step = generator.next(&house);
        tally.add(&perform(&mut house, &step).expect("nothing fails"));
        script.steps.push(step);
    }
    (script, tally)
}
