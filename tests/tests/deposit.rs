//! `deposit`, by what can go wrong: accounts, limits.

mod scene;

#[path = "deposit/accounts.rs"]
mod accounts;
#[path = "deposit/credit.rs"]
mod credit;
#[path = "deposit/limits.rs"]
mod limits;
