//! Properties of the engine over random books, by subject. The same cases in every run; `BALLAST_CASES=100`
//! runs a hundred times as many, `BALLAST_SEED=7` others.

mod books;

#[path = "properties/additive.rs"]
mod additive;
#[path = "properties/floors.rs"]
mod floors;
#[path = "properties/functions.rs"]
mod functions;
#[path = "properties/last_day.rs"]
mod last_day;
#[path = "properties/legs.rs"]
mod legs;
#[path = "properties/nodes.rs"]
mod nodes;
#[path = "properties/ordering.rs"]
mod ordering;
#[path = "properties/prepared.rs"]
mod prepared;
#[path = "properties/refusals.rs"]
mod refusals;
#[path = "properties/slices.rs"]
mod slices;
#[path = "properties/takers.rs"]
mod takers;
#[path = "properties/totality.rs"]
mod totality;
#[path = "properties/values.rs"]
mod values;
