//! The libraries that people would use instead.

pub mod external;
#[cfg(feature = "peers")]
pub mod linked;

use anyhow::Result;

use crate::problem::Valuation;

/// A library that values options one by one.
pub trait Peer {
    /// What it is called in the report.
    fn name(&self) -> &'static str;
    /// Which version of it is measured.
    fn version(&self) -> &str;
    /// What a value may be off by, as a share of gross: its own accuracy.
    fn tolerance(&self) -> f64;
    /// Its values of all valuations, in their order.
    fn values(&self) -> &[f64];
    /// Values all of them once; processor seconds.
    ///
    /// # Errors
    /// A peer in a process of its own may have gone away.
    fn round(&mut self) -> Result<f64>;
}

/// A peer that is not there, and why.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Absent {
    /// What it is called in the report.
    pub name: &'static str,
    /// Why it is not measured.
    pub reason: String,
}

/// Every peer that can be had, ready to run, and the others with the reason. `python`: the interpreter to ask for
/// py_vollib.
pub fn all(valuations: &[Valuation], python: &str) -> (Vec<Box<dyn Peer>>, Vec<Absent>) {
    let (mut peers, mut absent): (Vec<Box<dyn Peer>>, Vec<Absent>) = (Vec::new(), Vec::new());
    for (name, started) in external::all(valuations, python) {
        match started {
            Ok(peer) => peers.push(Box::new(peer)),
            Err(reason) => absent.push(Absent { name, reason: format!("{reason:#}") }),
        }
    }
    #[cfg(feature = "peers")]
    peers.extend(linked::all(valuations));
    #[cfg(not(feature = "peers"))]
    for name in ["blackscholes", "solmath"] {
        absent.push(Absent {
            name,
            reason: "compiled without the feature `peers`, which needs a C++ compiler".into(),
        });
    }
    (peers, absent)
}
