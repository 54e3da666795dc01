//! What went wrong elsewhere, tried here and refused. Each test is named after the incident it replays.

mod pit;
mod scene;

#[path = "incidents/books.rs"]
mod books;
#[path = "incidents/closing.rs"]
mod closing;
#[path = "incidents/collateral.rs"]
mod collateral;
#[path = "incidents/dust.rs"]
mod dust;
#[path = "incidents/feeds.rs"]
mod feeds;
#[path = "incidents/keys.rs"]
mod keys;
#[path = "incidents/liquidations.rs"]
mod liquidations;
#[path = "incidents/pumps.rs"]
mod pumps;
#[path = "incidents/settlements.rs"]
mod settlements;
#[path = "incidents/states.rs"]
mod states;
