//! Who trades, with how much.

/// A player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Covered call.
    Ana,
    /// Iron condor and calendar.
    Ben,
    /// Naked strangle.
    Cleo,
    /// Market maker.
    Meridian,
    /// Liquidator.
    Dover,
}

/// The three whose trades the story is about.
pub const TRADERS: [Who; 3] = [Who::Ana, Who::Ben, Who::Cleo];

/// A player's name, part and means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Player {
    /// Who it is.
    pub who: Who,
    /// Name.
    pub name: &'static str,
    /// What they do.
    pub part: &'static str,
    /// USDC they begin with, whole units.
    pub usdc: u64,
    /// SOL they begin with, whole units.
    pub sol: u64,
}

/// Everybody.
pub const CAST: [Player; 5] = [
    Player { who: Who::Ana, name: "Ana", part: "covered call on SOL", usdc: 10_000, sol: 1_500 },
    Player { who: Who::Ben, name: "Ben", part: "iron condor on BTC, calendar on ETH", usdc: 150_000, sol: 0 },
    Player { who: Who::Cleo, name: "Cleo", part: "naked strangle on BTC", usdc: 330_000, sol: 500 },
    Player { who: Who::Meridian, name: "Meridian", part: "market maker", usdc: 3_000_000, sol: 0 },
    Player { who: Who::Dover, name: "Dover", part: "liquidator", usdc: 2_000_000, sol: 0 },
];

impl Who {
    /// The player.
    #[must_use]
    pub const fn player(self) -> &'static Player {
        &CAST[self as usize]
    }

    /// The player's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.player().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a player is found at their place. Method: all of them.
    #[test]
    fn players_are_in_order() {
        for player in &CAST {
            assert_eq!(player.who.player(), player);
        }
    }
}
