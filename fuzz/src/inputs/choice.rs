//! Numbers out of bytes: one byte says what kind, the following ones which.

use arbitrary::{Result, Unstructured};

/// Reads choices from the bytes of an input. When they run out every choice is its first.
pub struct Choice<'c, 'b> {
    bytes: &'c mut Unstructured<'b>,
    /// One number in this many may be anything; 0 for none.
    wild_odds: u16,
}

impl<'c, 'b> Choice<'c, 'b> {
    /// Begins to read; the first byte says how wild the input is. One half stays inside the bounds throughout.
    ///
    /// # Errors
    /// None in practice: integers never run out.
    pub fn new(bytes: &'c mut Unstructured<'b>) -> Result<Self> {
        let wild_odds = match bytes.arbitrary::<u8>()? {
            0..128 => 0,
            // From one in 8 to one in 1,024: a whole book asks for some hundred numbers.
            odds => 8 << ((odds - 128) / 16),
        };
        Ok(Self { bytes, wild_odds })
    }

    /// Whether every number is inside the bounds it was asked for with.
    #[must_use]
    pub fn is_tame(&self) -> bool {
        self.wild_odds == 0
    }

    fn word(&mut self) -> u64 {
        self.bytes.arbitrary().unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.bytes.arbitrary().unwrap_or(0)
    }

    /// One of `count` cases, 0 to `count` − 1; at most 256.
    pub fn pick(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count.max(1)
    }

    /// Yes or no.
    pub fn flip(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// In a wild input, once in a while: whether to break a rule here.
    pub fn breaks(&mut self) -> bool {
        self.wild_odds > 0 && self.bytes.arbitrary::<u16>().unwrap_or(0) % self.wild_odds == 1
    }

    /// A number of a range: an end, next to one, anywhere, or of any magnitude above the lower end. In a wild input now and
    /// then anything.
    pub fn number(&mut self, low: i64, high: i64) -> i64 {
        if self.breaks() {
            return self.anything();
        }
        let width = high.abs_diff(low);
        let above = match self.byte() % 8 {
            0 => 0,
            1 => width,
            2 => width.min(1),
            3 => width.saturating_sub(1),
            4 | 5 => self.word() % width.saturating_add(1).max(1),
            _ => {
                let bits = u32::from(self.byte() % 64);
                (self.word() >> bits).min(width)
            }
        };
        low.wrapping_add_unsigned(above)
    }

    /// As [`Self::number`], unsigned.
    pub fn unsigned(&mut self, low: u64, high: u64) -> u64 {
        self.number(low.cast_signed(), high.cast_signed()).cast_unsigned()
    }

    /// A number up to `most` on either side of zero.
    pub fn signed(&mut self, most: i64) -> i64 {
        let size = self.number(0, most);
        if self.flip() {
            size.wrapping_neg()
        } else {
            size
        }
    }

    /// Anything: the ends of the type, powers of two and their neighbours, small numbers, or any 64 bits.
    pub fn anything(&mut self) -> i64 {
        match self.byte() {
            0 => 0,
            1 => i64::MIN,
            2 => i64::MAX,
            kind @ 3..16 => i64::from(kind) - 9,
            kind @ 16..144 => {
                let near = (1i64 << (kind % 64)).wrapping_add(i64::from(self.byte() % 3) - 1);
                if kind < 80 {
                    near
                } else {
                    near.wrapping_neg()
                }
            }
            _ => self.word().cast_signed(),
        }
    }
}
