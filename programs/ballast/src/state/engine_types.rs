//! The engine's stored types as the IDL must know them.
//!
//! The engine has never heard of Anchor, so its `MarketParams` and `MarginReport` cannot describe themselves to an IDL.
//! These twins have the same fields at the same offsets, which is asserted, and are cast, never copied field by field.

use anchor_lang::prelude::*;
use core::mem::offset_of;

/// Borsh of a stored struct as its bytes, for arguments and return values: of little-endian words without implicit padding
/// they are the same. (A derive would describe the type to the IDL a second time.)
macro_rules! borsh_as_bytes {
    ($name:ident) => {
        impl AnchorSerialize for $name {
            fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
                writer.write_all(bytemuck::bytes_of(self))
            }
        }

        impl AnchorDeserialize for $name {
            fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
                let mut value: Self = bytemuck::Zeroable::zeroed();
                reader.read_exact(bytemuck::bytes_of_mut(&mut value))?;
                Ok(value)
            }
        }
    };
}
pub(crate) use borsh_as_bytes;

/// Declares a twin of an engine struct and asserts that every field lies where the engine's lies.
macro_rules! twin {
    ($(#[$meta:meta])* $name:ident of $engine:ty { $($(#[$doc:meta])* $field:ident: $kind:tt,)+ }) => {
        $(#[$meta])*
        #[zero_copy]
        #[derive(Debug, PartialEq, Eq)]
        #[repr(C)]
        pub struct $name {
            $($(#[$doc])* pub $field: $kind,)+
        }

        const _: () = {
            assert!(core::mem::size_of::<$name>() == core::mem::size_of::<$engine>());
            assert!(core::mem::align_of::<$name>() == core::mem::align_of::<$engine>());
            $(assert!(offset_of!($name, $field) == offset_of!($engine, $field));)+
        };

        impl $name {
            /// The same bytes as the engine's type.
            pub fn engine(&self) -> &$engine {
                bytemuck::cast_ref(self)
            }
        }

        impl From<$engine> for $name {
            fn from(engine: $engine) -> Self {
                bytemuck::cast(engine)
            }
        }

        crate::state::borsh_as_bytes!($name);
    };
}

twin! {
    /// Risk parameters of one market (ratios 1e-6). Written by `market_init`.
    MarketParams of ballast_risk::MarketParams {
        /// κ: price range in units of one MPOR's standard deviation, 1e-6.
        kappa_e6: i64,
        /// Margin period of risk, seconds.
        mpor_secs: i64,
        /// Least price range, ratio of spot, 1e-6.
        range_min_e6: i64,
        /// Largest price range, ratio of spot, 1e-6.
        range_max_e6: i64,
        /// Least volatility of a series, 1e-6.
        sigma_min_e6: i64,
        /// Largest volatility of a series before shocks, 1e-6.
        sigma_max_e6: i64,
        /// Least smile factor, 1e-6.
        smile_min_e6: i64,
        /// Largest smile factor, 1e-6.
        smile_max_e6: i64,
        /// Relative up-shock of volatility at 30 days, 1e-6.
        vol_up_e6: i64,
        /// Relative down-shock of volatility at 30 days, 1e-6.
        vol_down_e6: i64,
        /// Least shocked-up volatility, 1e-6.
        vol_up_min_e6: i64,
        /// Exponent of (30/days) under 30 days, 1e-6.
        vol_power_short_e6: i64,
        /// Exponent of (30/days) from 30 days, 1e-6.
        vol_power_long_e6: i64,
        /// Short-option minimum, ratio of the forward, 1e-6.
        short_min_e6: i64,
        /// β of the basis add-on, 1e-6.
        basis_e6: i64,
        /// Bid-ask spread of the underlying, ratio, 1e-6.
        spread_e6: i64,
        /// Market impact of a dollar delta equal to the depth, ratio, 1e-6.
        impact_e6: i64,
        /// Depth of the underlying's market, 1e-6 quote.
        depth_e6: i64,
        /// Cost of a vega of one quote per 1.00 of volatility, 1e-6.
        vol_spread_e6: i64,
        /// Scale of the open-interest add-on, 1e-6.
        oi_scale_e6: i64,
        /// Share of open interest free of the add-on, 1e-6.
        oi_free_e6: i64,
        /// Gap between spot and EMA free of the EMA add-on, 1e-6.
        ema_free_e6: i64,
    }
}

twin! {
    /// What the engine said about a portfolio: requirements, equities, excesses and their parts, all 1e-6 quote.
    ReportRecord of ballast_risk::MarginReport {
        /// Initial margin requirement IM.
        initial_e6: i64,
        /// Exit requirement B: where a liquidation ends.
        exit_e6: i64,
        /// Maintenance margin requirement MM.
        maintenance_e6: i64,
        /// Equity at mark: no haircut, peg 1.
        equity_mark_e6: i64,
        /// Equity as counted for IM.
        equity_initial_e6: i64,
        /// Equity as counted for MM.
        equity_maintenance_e6: i64,
        /// Least value of a fully paid book, IM prices; the least i64 when unbounded.
        floor_initial_e6: i64,
        /// Least value of a fully paid book, MM prices; the least i64 when unbounded.
        floor_maintenance_e6: i64,
        /// max(equity_initial − IM, floor_initial).
        excess_initial_e6: i64,
        /// max(equity_maintenance − B, floor_maintenance).
        excess_exit_e6: i64,
        /// max(equity_maintenance − MM, floor_maintenance). Below zero the portfolio may be liquidated.
        excess_maintenance_e6: i64,
        /// Scan of IM over all groups.
        scan_e6: i64,
        /// Scan of MM over all groups.
        scan_maintenance_e6: i64,
        /// Short-option minimum.
        short_min_e6: i64,
        /// Basis add-on.
        basis_e6: i64,
        /// Liquidity add-on without its open-interest part.
        liquidity_e6: i64,
        /// Open-interest add-on.
        open_interest_e6: i64,
        /// Oracle-confidence add-on.
        oracle_e6: i64,
        /// EMA add-on (IM only).
        ema_e6: i64,
        /// Value of all options at mark.
        options_e6: i64,
        /// Σ impact·Δ$²/depth$ over underlyings.
        impact_e6: i64,
        /// Σ |quantity|·spot.
        gross_e6: i64,
        /// Cash.
        cash_e6: i64,
        /// Collateral at mark.
        collateral_mark_e6: i64,
        /// Collateral as counted for MM.
        collateral_maintenance_e6: i64,
        /// Collateral as counted for IM.
        collateral_initial_e6: i64,
        /// Worst of the 35 scenarios of each group, 255 without options; the last four bytes are unused.
        worst_scenario: [u8; 8],
        /// Bit 0: a volatility feed was stale; bit 1: a price was stale.
        flags: u64,
    }
}
