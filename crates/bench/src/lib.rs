//! Native speed of the margin engine: beside other option libraries, and of a keeper's recheck. See docs/bench.md.

pub mod clock;
pub mod keeper;
pub mod native;
pub mod peers;
pub mod problem;
pub mod report;
