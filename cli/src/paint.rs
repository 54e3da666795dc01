//! Colours for a terminal; plain text anywhere else.

use std::{
    env,
    io::{self, IsTerminal},
};

/// What a piece of text is, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Plain,
    /// Titles and totals.
    Strong,
    /// Labels and remarks.
    Quiet,
    /// It holds.
    Good,
    /// It does not.
    Bad,
    /// Worth a look.
    Notice,
}

impl Tone {
    /// Select graphic rendition of the terminal.
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Quiet => "2",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Notice => "33",
        }
    }

    /// Good for what is not below zero, bad below.
    #[must_use]
    pub const fn of_sign(value: i64) -> Self {
        if value < 0 {
            Self::Bad
        } else {
            Self::Good
        }
    }
}

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// No colours.
    #[cfg(any(feature = "embedded", test))]
    pub const PLAIN: Self = Self { on: false };

    /// Colours if standard output is a terminal that knows them and `NO_COLOR` (no-color.org) is not set.
    #[must_use]
    pub fn for_stdout() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { on: io::stdout().is_terminal() && !is_set("NO_COLOR") && !dumb }
    }

    /// The text as it looks.
    #[must_use]
    pub fn text(self, tone: Tone, text: &str) -> String {
        if !self.on || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: plain is plain, and colour ends where the text ends. Method: both.
    #[test]
    fn colours_only_when_on() {
        assert_eq!(Paint::PLAIN.text(Tone::Bad, "x"), "x");
        assert_eq!(Paint { on: true }.text(Tone::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(Paint { on: true }.text(Tone::Plain, "x"), "x");
    }
}
