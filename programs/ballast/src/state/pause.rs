//! Pauses of a gate: half an hour each, two in a row at most, over by themselves (risk.md §8).

use crate::{
    constants::{PAUSES_IN_A_ROW, PAUSE_REST_SECS, PAUSE_SECS},
    error::BallastError,
};
use anchor_lang::prelude::*;

/// The pauses of one gate. Writers: `pause`, `unpause`.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct GatePause {
    /// When the last pause ends or ended, unix seconds; 0 before the first.
    pub until: i64,
    /// How many have followed each other without a rest.
    pub in_a_row: u64,
}

const _: () = assert!(core::mem::size_of::<GatePause>() == 16 && core::mem::align_of::<GatePause>() == 8);

impl GatePause {
    /// Whether the gate is paused.
    #[must_use]
    pub fn is_running(&self, now: i64) -> bool {
        now < self.until
    }

    /// Begins a pause, or makes the running one end later. Pauses that end less than a rest before the next count as in a
    /// row, also when they were ended early: to end one is no way to begin more. Errors: [`BallastError::PauseSpent`].
    pub fn begin(&mut self, now: i64) -> Result<()> {
        if now >= self.until.saturating_add(PAUSE_REST_SECS) {
            self.in_a_row = 0;
        }
        require!(self.in_a_row < PAUSES_IN_A_ROW, BallastError::PauseSpent);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.until = now.saturating_add(PAUSE_SECS);
        Ok(())
    }

    /// Ends a running pause now.
    pub fn end(&mut self, now: i64) {
        self.until = self.until.min(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_760_000_000;

    /// Goal: whatever a guardian does, a gate is paused for at most an hour, and after that open for a day. Method: a
    /// guardian that begins and ends pauses at every chance, for a week, in steps of five minutes; the longest time paused
    /// and the shortest time open after a spent row.
    #[test]
    fn the_most_eager_guardian_pauses_an_hour_a_day() {
        for end_after in [0, 1, 3, 5, 6, 100] {
            let (mut gate, mut paused, mut refused) = (GatePause::default(), 0, 0);
            for step in 0..7 * 288i64 {
                let (now, ended) = (START + step * 300, gate.until);
                if !gate.is_running(now) || step % 6 == 5 {
                    match gate.begin(now) {
                        Ok(()) if refused > 0 => {
                            assert!(now - ended >= PAUSE_REST_SECS, "again after {} s", now - ended);
                            refused = 0;
                        }
                        Ok(()) => {}
                        Err(_) => refused += 1,
                    }
                }
                if step % (end_after + 1) == end_after {
                    gate.end(now);
                }
                paused += i64::from(gate.is_running(now)) * 300;
            }
            assert!(paused <= 7 * 3_600, "paused for {paused} s of a week");
        }
    }

    /// Goal: a pause ends by itself to the second, and a second one may follow at once. Method: both sides of each limit.
    #[test]
    fn a_pause_lapses() {
        let mut gate = GatePause::default();
        assert!(!gate.is_running(START));
        gate.begin(START).unwrap();
        assert!(gate.is_running(START) && gate.is_running(START + PAUSE_SECS - 1));
        assert!(!gate.is_running(START + PAUSE_SECS));
        gate.begin(START + PAUSE_SECS).unwrap();
        let over = START + 2 * PAUSE_SECS;
        assert!(gate.is_running(over - 1) && !gate.is_running(over));
        let before = gate;
        assert!(gate.begin(over - 1).is_err() && gate.begin(over + PAUSE_REST_SECS - 1).is_err());
        assert_eq!(gate, before);
        gate.begin(over + PAUSE_REST_SECS).unwrap();
        assert_eq!(gate.in_a_row, 1);
    }

    /// Goal: no time, however absurd, wraps. Method: the ends of time.
    #[test]
    fn time_has_ends() {
        let mut gate = GatePause { until: i64::MAX, in_a_row: 1 };
        gate.begin(i64::MAX - 1).unwrap();
        assert_eq!((gate.until, gate.in_a_row), (i64::MAX, 2));
        gate.end(i64::MIN);
        assert!(!gate.is_running(i64::MIN));
    }
}
