//! Random choices that are the same in every run.

/// A stream of choices from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Choice {
    state: u64,
}

impl Choice {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0xd134_2543_de82_ef95) }
    }

    /// Sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A whole number in `[low, high]`, `high − low` below 2^63.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(0) + 1;
        low + i64::try_from(self.bits() % span).unwrap_or(0)
    }

    /// A count in `[low, high]`.
    pub fn count(&mut self, low: usize, high: usize) -> usize {
        let span = u64::try_from(high - low).unwrap_or(0) + 1;
        low + usize::try_from(self.bits() % span).unwrap_or(0)
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }

    /// A whole number in `[low, high]`, every power of two as likely as the next. `low` > 0.
    pub fn octaves(&mut self, low: u64, high: u64) -> u64 {
        let (least, most) = (i64::from(low.ilog2()), i64::from(high.ilog2()));
        let floor = 1u64 << self.between(least, most);
        (floor + self.bits() % floor).clamp(low, high)
    }

    /// `count` of the places `0..of`, ascending.
    pub fn places(&mut self, count: usize, of: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..of).collect();
        while all.len() > count {
            let at = self.count(0, all.len() - 1);
            all.remove(at);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: choices stay inside their bounds and repeat. Method: a thousand of each, twice.
    #[test]
    fn choices_are_bounded_and_repeat() {
        let draw = || {
            let mut choice = Choice::new(7);
            (0..1_000)
                .map(|_| (choice.between(-5, 5), choice.octaves(3, 1_000), choice.places(3, 9)))
                .collect()
        };
        let drawn: Vec<(i64, u64, Vec<usize>)> = draw();
        assert_eq!(drawn, draw());
        for (number, size, places) in drawn {
            assert!((-5..=5).contains(&number) && (3..=1_000).contains(&size));
            assert!(places.len() == 3 && places.is_sorted() && places[2] < 9);
        }
    }
}
