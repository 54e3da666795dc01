//! How much of a market the current liquidation phase has seen.

use anchor_lang::prelude::*;
use ballast_risk::phase::Phase;
use core::mem::{align_of, offset_of, size_of};

/// Twin of the engine's `phase::Phase` (same bytes). Writers: `liquidate_slice`, `liquidate_legs`.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct LiquidationPhase {
    /// Start of the phase, unix seconds; 0 before the first.
    pub started_at: i64,
    /// Σ of the quantities liquidated since, calls and puts, long and short, 1e-6 unit.
    pub taken_e6: i64,
}

const _: () = {
    assert!(size_of::<LiquidationPhase>() == 16 && size_of::<Phase>() == 16);
    assert!(align_of::<LiquidationPhase>() == 8);
    assert!(offset_of!(LiquidationPhase, started_at) == offset_of!(Phase, started_at));
    assert!(offset_of!(LiquidationPhase, taken_e6) == offset_of!(Phase, taken_e6));
};

impl LiquidationPhase {
    /// The same bytes as the engine's phase.
    #[must_use]
    pub fn engine(&self) -> &Phase {
        bytemuck::cast_ref(self)
    }

    /// The same bytes as the engine's phase, to book a slice in.
    pub fn engine_mut(&mut self) -> &mut Phase {
        bytemuck::cast_mut(self)
    }
}
