//! `margin_check`: what it reports, which prices it takes, which accounts it needs.

mod scene;

#[path = "margin_check/accounts.rs"]
mod accounts;
#[path = "margin_check/prices.rs"]
mod prices;
#[path = "margin_check/report.rs"]
mod report;
