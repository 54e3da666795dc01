//! The program's events out of transaction logs.

use anchor_lang::{AnchorDeserialize, Discriminator};
use ballast::events;
use base64::{engine::general_purpose::STANDARD, Engine};

/// What Anchor's `emit!` puts before an event in the log.
const EVENT_PREFIX: &str = "Program data: ";

macro_rules! events {
    ($($name:ident,)+) => {
        /// An event of the program.
        pub enum Event {
            $(
                #[doc = concat!("See [`ballast::events::", stringify!($name), "`].")]
                $name(events::$name),
            )+
        }

        impl Event {
            /// Names of all events.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Name of the event.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)+
                }
            }

            /// The event in the bytes that were emitted; none if they are no event of this version of the program.
            #[must_use]
            pub fn decode(bytes: &[u8]) -> Option<Self> {
                $(
                    if let Some(mut body) = bytes.strip_prefix(events::$name::DISCRIMINATOR) {
                        return events::$name::deserialize(&mut body).ok().map(Self::$name);
                    }
                )+
                None
            }
        }
    };
}

events! {
    ExchangeCreated,
    CollateralAdded,
    MarketCreated,
    ExpiryListed,
    StrikesListed,
    GatesSet,
    GatesPaused,
    GatesUnpaused,
    PortfolioOpened,
    PortfolioClosed,
    DelegateSet,
    Deposited,
    Withdrawn,
    FeesSwept,
    StakeOpened,
    StakeClosed,
    InsuranceStaked,
    InsuranceUnstaked,
    InsuranceClaimed,
    MarginChecked,
    VolatilityFeedCreated,
    VolatilityPosted,
    VolatilityUpdated,
    Traded,
    LiquidationStarted,
    SliceLiquidated,
    LiquidationEnded,
    CollateralConverted,
    InsolvencyResolved,
    ShortfallSocialised,
    LossCollected,
    LegsLiquidated,
    SettlementSampled,
    ExpirySettled,
    PortfolioSettled,
    ResidueReleased,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The events in a transaction's logs, in order. Only lines logged while this program runs count: any program may log
/// bytes that look like an event of another.
#[must_use]
pub fn from_logs<S: AsRef<str>>(logs: &[S]) -> Vec<Event> {
    let program = ballast::ID.to_string();
    let mut running: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    for line in logs.iter().map(AsRef::as_ref) {
        if let Some(data) = line.strip_prefix(EVENT_PREFIX) {
            if running.last() == Some(&true) {
                found.extend(STANDARD.decode(data).ok().and_then(|bytes| Event::decode(&bytes)));
            }
            continue;
        }
        let mut words = line.strip_prefix("Program ").unwrap_or_default().split(' ');
        match (words.next(), words.next()) {
            (Some(id), Some("invoke")) => running.push(id == program),
            (Some(_), Some("success" | "failed:")) => {
                running.pop();
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::{prelude::Pubkey, AnchorSerialize as _};

    fn line() -> String {
        let event = events::FeesSwept { market: 3, fees_e6: 7, insurance_e6: 9 };
        let mut bytes = events::FeesSwept::DISCRIMINATOR.to_vec();
        event.serialize(&mut bytes).unwrap();
        format!("{EVENT_PREFIX}{}", STANDARD.encode(bytes))
    }

    /// Goal: an event counts where the program emitted it and nowhere else. Method: the same line at three depths.
    #[test]
    fn only_the_programs_own_lines_count() {
        let (program, other) = (ballast::ID, Pubkey::new_unique());
        let logs = [
            format!("Program {other} invoke [1]"),
            line(),
            format!("Program {program} invoke [2]"),
            format!("Program {other} invoke [3]"),
            line(),
            format!("Program {other} success"),
            line(),
            "Program log: Program data: nothing".to_owned(),
            format!("Program {program} success"),
            line(),
        ];
        let found = from_logs(&logs);
        assert_eq!(found.len(), 1);
        assert!(matches!(&found[0], Event::FeesSwept(event) if event.market == 3 && event.insurance_e6 == 9));
        assert_eq!(found[0].name(), "FeesSwept");
    }

    /// Goal: no event of the program is missing here. Method: its source files name each after `#[event]`.
    #[test]
    fn every_event_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/ballast/src/events");
        let mut named: Vec<String> = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for after in source.split("#[event]").skip(1) {
                let name = after.split("pub struct ").nth(1).unwrap().split_whitespace().next().unwrap();
                named.push(name.to_owned());
            }
        }
        named.sort();
        let mut listed: Vec<String> = Event::NAMES.iter().map(|name| (*name).to_owned()).collect();
        listed.sort();
        assert_eq!(listed, named);
    }
}
