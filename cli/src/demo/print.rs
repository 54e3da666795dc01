//! The story on a screen or in a pipe.

use super::{
    calendar::clock,
    ending::{Ending, Vault},
    market::{Print, ASSUMED, SPOT_SOURCE, VOLATILITY_SOURCE},
    record::{Chapter, Margins, MarketState, Step, Teller},
    Program,
};
use crate::{
    number::{base_units, count, money, money_whole, percent, price},
    out::{self, Failure},
    paint::{Paint, Tone},
    table::{Cell, Table},
};

/// Spaces before a step's time, and before what belongs under its text.
const INDENT: usize = 2;
const UNDER: usize = 27;
/// Spaces before a table of margins.
const TABLE: usize = 14;
/// Width of the compute units.
const COST_WIDTH: usize = 10;

const LEGEND: &str = "money in USDC; CU: compute units, of which a transaction has 1,400,000\n\
     V: volatility that marks; V*: that margins, at least V and 0.75 of realised; \"above\": excess";

/// Prints as the story goes.
pub struct Screen {
    paint: Paint,
    /// The first thing that could not be printed.
    pub failure: Option<Failure>,
}

impl Screen {
    /// Begins with what is run and where its prices come from.
    #[must_use]
    pub fn new(paint: Paint, program: &Program) -> Self {
        let mut screen = Self { paint, failure: None };
        let title = "Ballast: the fall of 10 October 2025, on the program that ships";
        let running = format!(
            "{} ({}, {} bytes), in-process Solana VM",
            program.id,
            program.file,
            count(program.bytes)
        );
        let mut table = Table::new(2, ["", ""]);
        for (label, text) in [
            ("program", running.as_str()),
            ("prices", SPOT_SOURCE),
            ("volatility", VOLATILITY_SOURCE),
            ("assumed", ASSUMED),
            ("legend", LEGEND),
        ] {
            for (line, text) in text.lines().enumerate() {
                let label = if line == 0 { label } else { "" };
                table.row([Cell::new(label, Tone::Quiet), text.into()]);
            }
        }
        screen.print(&format!("{}\n{}", paint.text(Tone::Strong, title), table.render(paint, INDENT)));
        screen
    }

    fn print(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = out::print(text).err();
        }
    }

    fn markets(&self, states: &[MarketState]) -> String {
        let digits = |ratio_e6| percent(ratio_e6).trim_end_matches(" %").to_owned();
        let (mut prices, mut volatilities) = (Vec::new(), Vec::new());
        for state in states {
            let change = percent(state.change_e6);
            let sign = if state.change_e6 > 0 { "+" } else { "" };
            prices.push(format!("{} {} ({sign}{change})", state.symbol, price(state.price_e8)));
            let (vol, margin, realised) =
                (digits(state.vol_e6), digits(state.vol_margin_e6), digits(state.realised_e6));
            volatilities.push(format!("{} {vol}/{margin}/{realised}", state.symbol));
        }
        let lows = states.iter().any(|state| state.print == Print::Low);
        let remark = if lows { "  lows of the bar" } else { "" };
        let line = format!("V/V*/realised in %: {}", volatilities.join("  "));
        let under = " ".repeat(UNDER);
        format!("{}{remark}\n{under}{}\n", prices.join("  "), self.paint.text(Tone::Quiet, &line))
    }
}

impl Teller for Screen {
    fn chapter(&mut self, chapter: Chapter) {
        let title = self.paint.text(Tone::Strong, chapter.title);
        self.print(&format!("\n{title}\n"));
    }

    fn step(&mut self, step: &Step) {
        let units: u64 = step.costs.iter().map(|cost| cost.compute_units).sum();
        let cost = if units > 0 { format!("{} CU", count(units)) } else { String::new() };
        let cost = self.paint.text(Tone::Quiet, &format!("{cost:>COST_WIDTH$}"));
        let mut text = format!("{}{} {cost}  ", " ".repeat(INDENT), clock(step.time));
        if step.markets.is_empty() {
            text += &format!("{}\n", step.text);
        } else {
            text += &self.markets(&step.markets);
        }
        if let Some(refused) = &step.refused {
            let words = format!("refused, error {} {}: {}", refused.number, refused.name, refused.message);
            text += &format!("{}{}\n", " ".repeat(UNDER), self.paint.text(Tone::Notice, &words));
        }
        if !step.margins.is_empty() {
            let checked = step.margins.iter().any(|margins| margins.checked_for.is_some());
            let table = if checked { states(&step.margins) } else { changes(&step.margins) };
            text += &table.render(self.paint, TABLE);
        }
        self.print(&text);
    }

    fn end(&mut self, ending: &Ending) {
        let strong = |text: &str| self.paint.text(Tone::Strong, text);
        let mut text =
            format!("\n{}\n{}", strong("What everybody has"), closing(ending).render(self.paint, INDENT));
        for vault in &ending.vaults {
            let title = format!("Whose the {} vault is ({}), to the last unit", vault.asset, vault.address);
            text += &format!("\n{}\n{}", strong(&title), claims(vault).render(self.paint, INDENT));
        }
        let verdict = match &ending.broken {
            Some(broken) => (Tone::Bad, broken.clone()),
            None if ending.holds() => (Tone::Good, HOLDS.to_owned()),
            None => (Tone::Bad, "a vault and the claims on it differ".to_owned()),
        };
        text += &format!("\n{}\n", self.paint.text(verdict.0, &verdict.1));
        self.print(&text);
    }
}

const HOLDS: &str =
    "Everything holds: no unit was made or lost, the short and long side of every series are equal, \
     and every\nmargin the program computed was the SDK's, to the bit.";

/// Margins before and after.
fn changes(all: &[Margins]) -> Table {
    let headings = ["", "initial margin", "maintenance", "above initial", "above maintenance"];
    let mut table = Table::new(1, headings);
    for margins in all {
        let (before, after) = (&margins.before, &margins.after);
        let change = |from: i64, to: i64| format!("{} → {}", money_whole(from), money_whole(to));
        table.row([
            margins.who.name().into(),
            change(before.initial_e6, after.initial_e6).into(),
            change(before.maintenance_e6, after.maintenance_e6).into(),
            Cell::new(
                change(before.excess_initial_e6, after.excess_initial_e6),
                Tone::of_sign(after.excess_initial_e6),
            ),
            Cell::new(
                change(before.excess_maintenance_e6, after.excess_maintenance_e6),
                Tone::of_sign(after.excess_maintenance_e6),
            ),
        ]);
    }
    table
}

/// Margins as the program just checked them.
fn states(all: &[Margins]) -> Table {
    let headings =
        ["", "equity", "initial margin", "maintenance", "above initial", "above maintenance", "margin_check"];
    let mut table = Table::new(1, headings);
    for margins in all {
        let after = &margins.after;
        let toned = |value| Cell::new(money_whole(value), Tone::of_sign(value));
        let units = margins.checked_for.map(|units| format!("{} CU", count(units))).unwrap_or_default();
        table.row([
            margins.who.name().into(),
            money_whole(after.equity_mark_e6).into(),
            money_whole(after.initial_e6).into(),
            money_whole(after.maintenance_e6).into(),
            toned(after.excess_initial_e6),
            toned(after.excess_maintenance_e6),
            Cell::new(units, Tone::Quiet),
        ]);
    }
    table
}

fn closing(ending: &Ending) -> Table {
    let headings =
        ["", "started with", "taken out", "cash", "SOL", "options at mark", "ended with", "result"];
    let mut table = Table::new(1, headings);
    for closing in &ending.closing {
        let result = closing.ended_e6 - closing.started_e6;
        table.row([
            closing.player.name.into(),
            money(closing.started_e6).into(),
            money(closing.withdrawn_e6).into(),
            money(closing.cash_e6).into(),
            sol(closing.sol).into(),
            money(closing.options_e6).into(),
            Cell::new(money(closing.ended_e6), Tone::Strong),
            Cell::new(money(result), Tone::of_sign(result)),
        ]);
    }
    table.row(["insurance".into(), "".into(), "".into(), money(ending.insurance_e6).into()]);
    table
}

/// SOL, base units of 1e-9, to the thousandth.
fn sol(amount: u64) -> String {
    base_units(i128::from(amount / 1_000_000), 3)
}

fn claims(vault: &Vault) -> Table {
    let mut table = Table::new(1, ["", ""]);
    let shown = |amount| base_units(amount, vault.decimals);
    for (name, amount) in &vault.claims {
        table.row([name.as_str().into(), shown(*amount).into()]);
    }
    table.toned(Tone::Strong, ["all claims".to_owned(), shown(vault.claimed())]);
    table.toned(Tone::Strong, ["the vault holds".to_owned(), shown(vault.balance)]);
    let flows = shown(vault.deposited - vault.withdrawn);
    table.toned(Tone::Quiet, ["put in less taken out".to_owned(), flows]);
    let difference = vault.balance - vault.claimed();
    let tone = if vault.holds() { Tone::Good } else { Tone::Bad };
    table.toned(tone, ["difference".to_owned(), shown(difference)]);
    table
}
