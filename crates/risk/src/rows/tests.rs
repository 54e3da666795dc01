use super::*;
use crate::scenario::TAIL_PERCENT;
use bytemuck::Zeroable;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Goal: a moved price is the product rounded down, at the scales of grid and tails. Method: 128 bits.
    #[test]
    fn moved_prices_are_exact(price in 0i64..=1 << 48, multiple in 0i64..1 << 29, wide in 0i64..=6 << 26) {
        let of = |m: i64, bits: u32| ((i128::from(price) * i128::from(m)) >> bits) as i64;
        prop_assert_eq!(moved(Lane(price), Lane(multiple), 28).0, of(multiple, 28));
        prop_assert_eq!(moved(Lane(price), Lane(wide), 26).0, of(wide, 26));
    }
}

/// Goal: rows ascend, as `Point::inside` and what is certain from a move on take for granted, and every tail lies where its
/// percentage says. Method: the widest, the narrowest and odd price ranges; `libm`.
#[test]
fn rows_ascend() {
    for range_e6 in [10_000i64, 10_001, 160_000, 333_333, 599_999, 600_000] {
        let mut moves = Moves::zeroed();
        moves.set((range_e6 << 40) / 1_000_000);
        let rows = Rows::new(&moves);
        let ascends = |row: &[Cell]| row.windows(2).all(|pair| pair[0].log_q26 < pair[1].log_q26);
        assert!(ascends(&rows.up) && ascends(&rows.same) && ascends(&rows.down) && ascends(&rows.tails));
        assert!(moves.multiples_q28.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(
            (rows.up[UNMOVED_STEP].log_q26, moves.multiples_q28[UNMOVED_STEP]),
            (Lane::ZERO, Lane(1 << 28))
        );
        for (i, cell) in rows.same.iter().enumerate() {
            assert_eq!(cell.log_q26, rows.up[step_of(i)].log_q26);
        }
    }
    for ((percent, log), multiple) in TAIL_PERCENT.iter().zip(TAIL_LOG_Q26).zip(TAIL_MULTIPLE_Q26) {
        let want = 1.0 + *percent as f64 / 100.0;
        assert!((log as f64 / f64::from(1 << 26) - libm::log(want)).abs() < 2f64.powi(-26));
        assert!((multiple as f64 / f64::from(1 << 26) - want).abs() < 2f64.powi(-26));
    }
}
