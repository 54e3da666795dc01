//! Shrinking on a real house: an invariant is broken on purpose in the midst of a life.

use ballast_stateful::{
    generate::Generator,
    run::{perform, replay, Nursery},
    script::{Script, Step},
    shrink::shrink,
};

const SEED: u64 = 11;
/// Steps before and after the tampering.
const STEPS: usize = 150;

/// A life in whose midst a portfolio's cash is changed behind the program's back; what follows was to follow anyway.
fn tampered(nursery: &mut Nursery) -> Script {
    let mut generator = Generator::new(SEED);
    let start = generator.start();
    let mut house = nursery.house(start).expect("a house");
    let mut steps = Vec::new();
    for _ in 0..2 * STEPS {
        let step = generator.next(&house);
        perform(&mut house, &step).expect("nothing fails");
        steps.push(step);
    }
    steps.insert(STEPS, Step::Tamper { book: 3, cash: 12_345_678 });
    Script { start, steps }
}

/// Goal: an invariant broken on purpose is found, and the script shrinks to the breaking and one transaction that lets it be
/// seen, with the simplest number, and still breaks the same. Method: cash out of nothing, in the midst of a random life.
#[test]
fn a_broken_invariant_shrinks_to_what_broke_it() {
    let mut nursery = Nursery::default();
    let script = tampered(&mut nursery);
    let mut breaks = |script: &Script| {
        let lived = replay(&mut nursery, script);
        lived.is_ok_and(|(_, failure)| failure.is_some_and(|failure| failure.id == "INV-3"))
    };
    assert!(breaks(&script));
    let small = shrink(&script, &mut breaks);
    // A second may have to pass before that transaction goes through.
    let acts = small.steps.iter().filter(|step| !matches!(step, Step::Pass(_))).count();
    assert!(acts == 2 && small.steps.len() <= 3, "{:?}", small.steps);
    assert!(matches!(small.steps[0], Step::Tamper { cash: 1, .. }), "{:?}", small.steps);
    let again = Script::parse(&small.text("kept")).expect("what was written is read");
    assert_eq!(again, small);
    assert!(breaks(&again));
}
