//! Risk: margin checks and volatility.

pub mod margin_check;
pub mod volatility_feed_init;
pub mod volatility_post;
pub mod volatility_update;

pub use margin_check::*;
pub use volatility_feed_init::*;
pub use volatility_post::*;
pub use volatility_update::*;
