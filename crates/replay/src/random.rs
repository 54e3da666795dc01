//! Random numbers that repeat: a ChaCha stream a seed, and shapes made of it by `libm`, so that every machine draws the same.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers.
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream of a seed and a name.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        for (at, byte) in name.bytes().enumerate() {
            // Names differ in their first letters; what lies behind the key is folded onto it.
            key[8 + at % 24] ^= byte;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Evenly in [0, 1).
    pub fn unit(&mut self) -> f64 {
        // 53 bits fill a double exactly.
        (self.0.random::<u64>() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly in [`from`, `to`).
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// One of so many, from 0.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        libm::sqrt(-2.0 * libm::log(u)) * libm::cos(2.0 * std::f64::consts::PI * v)
    }

    /// Lognormal with this median and this deviation of its logarithm.
    pub fn lognormal(&mut self, median: f64, deviation: f64) -> f64 {
        median * libm::exp(deviation * self.normal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a seed and a name are one stream; shapes have their moments. Method: draw.
    #[test]
    fn streams_repeat_and_have_their_shape() {
        let draw = |seed, name| Random::new(seed, name).unit();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert!(draw(1, "a") != draw(2, "a") && draw(1, "a") != draw(1, "b"));
        let mut random = Random::new(3, "moments");
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let square = draws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.05, "{mean} {square}");
        let mut sizes: Vec<f64> = (0..9_999).map(|_| random.lognormal(100.0, 1.0)).collect();
        sizes.sort_by(f64::total_cmp);
        assert!((sizes[4_999] / 100.0 - 1.0).abs() < 0.06, "{}", sizes[4_999]);
        assert!((0..1_000).all(|_| random.below(3) < 3));
    }
}
