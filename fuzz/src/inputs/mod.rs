//! Engine inputs out of bytes.

mod book;
mod choice;
mod defaults;
mod exchange;
mod house;
mod market;
mod money;

pub use book::{Book, Holding};
pub use choice::Choice;
pub use house::{Act, House, Leg, PEOPLE};
pub use market::{Market, SeriesCase};
pub use money::Arguments;
