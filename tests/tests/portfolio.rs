//! `portfolio_open`, `portfolio_close`, `delegate_set`.

mod scene;

#[path = "portfolio/delegate.rs"]
mod delegate;
#[path = "portfolio/open_close.rs"]
mod open_close;
