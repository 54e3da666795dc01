//! What the margin core costs apart from everything around it: books of the unit table, through the meter's program.

use crate::{
    cases::margin_cases,
    desk::{Desk, Grid, Lean},
    Result,
};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::adapters::engine::{exchange_input, expiry_input};
use ballast_harness::World;
use ballast_meter::{Book, Holding, Part};
use ballast_risk::{LineInput, Scratch};
use ballast_sdk::ballast::state::{Market, Portfolio, PositionLine};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Books that are measured, by their case of `margin_check`.
pub const BOOKS: [&str; 4] = [
    "8 legs",
    "64 legs",
    "64 legs, 4 underlyings, 8 expiries",
    "64 legs, 4 underlyings, 8 expiries, expiring today",
];

/// What one book costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The case of `margin_check` whose book it is.
    pub case: &'static str,
    /// The margin core: from markets, expiries and lines to losses and own strikes.
    pub core: u64,
    /// The engine, from the same to the requirement.
    pub engine: u64,
}

/// Measures every book with the meter's binary.
///
/// # Errors
/// A binary that does not load, a run that is refused or leaves other losses than the engine does natively.
pub fn measure(meter: &[u8]) -> Result<Vec<Cost>> {
    let all = margin_cases();
    let grids = BOOKS.iter().filter_map(|name| all.iter().find(|(case, _)| case == name));
    grids.map(|(case, grid)| measure_one(meter, case, grid)).collect()
}

fn measure_one(meter: &[u8], case: &'static str, grid: &Grid) -> Result<Cost> {
    let mut desk = Desk::of(grid)?;
    let legs = desk.legs(grid, Lean::Mixed);
    let trader = desk.trader_with("book", &legs)?;
    let book = book(&desk.world, &desk.world.portfolio_of(&trader))?;
    let program = Pubkey::new_from_array([0x4d; 32]);
    desk.world.vm.load(&program, meter)?;
    let account = Pubkey::new_from_array([0x42; 32]);
    let data = book.to_bytes();
    let lamports = desk.world.vm.rent(data.len());
    desk.world.vm.set_account(account, Account { lamports, data, owner: program, ..Account::default() });
    let payer = Keypair::new();
    desk.world.vm.airdrop(&payer.pubkey(), 1_000_000_000);
    let mut units = |part: Part| -> Result<u64> {
        let accounts = vec![AccountMeta::new_readonly(account, false)];
        let instruction = Instruction { program_id: program, accounts, data: vec![part.byte()] };
        let outcome = desk.world.vm.send(&[instruction], &[&payer])?;
        let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
        let native = part.perform(&mut scratch, &book).map_err(|refused| format!("{refused:?}"))?;
        // Trailing zeros of return data are cut.
        let mut sum = [0; 8];
        sum[..outcome.return_data.len()].copy_from_slice(&outcome.return_data);
        if i64::from_le_bytes(sum) != native {
            return Err(format!("{case}: other losses in the VM than natively by {part:?}").into());
        }
        Ok(outcome.transaction_compute_units)
    };
    let nothing = units(Part::Nothing)?;
    let (core, engine) = (units(Part::Core)? - nothing, units(Part::Engine)? - nothing);
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let sums = [Part::Core, Part::Engine].map(|part| part.perform(&mut scratch, &book).ok());
    if sums[0] != sums[1] {
        return Err(format!("{case}: the core leaves other losses than the engine").into());
    }
    Ok(Cost { case, core, engine })
}

/// A portfolio with all that its losses depend on.
fn book(world: &World, portfolio: &Portfolio) -> Result<Book> {
    let snapshot = world.snapshot();
    let exchange = exchange_input(snapshot.exchange(), snapshot.prices());
    let mut holdings = Vec::new();
    for (id, lines) in portfolio.lines_by_market() {
        let market = snapshot.market(id).ok_or("a market that is not listed")?;
        let price = snapshot.prices().markets[usize::from(id)];
        let volatility = &market.volatility;
        let mut holding = Holding {
            params: *market.params.engine(),
            prices_e8: [price.price_e8, price.conf_e8, price.ema_e8],
            volatilities_e6: [
                volatility.vol_e6,
                volatility.vol_margin_e6.max(volatility.vol_e6),
                volatility.vol_ref_e6,
            ],
            group: market.group,
            expiries: Vec::new(),
            lines: Vec::new(),
        };
        let mut slots = Vec::new();
        for line in lines {
            if slots.last() != Some(&line.expiry_slot) {
                slots.push(line.expiry_slot);
                let expiry = market.expiry(line.expiry_slot).map_err(|error| error.to_string())?;
                holding.expiries.push(expiry_input(expiry, exchange.window_secs, world.vm.now()));
            }
            holding.lines.push(line_input(market, line, slots.len() - 1)?);
        }
        holdings.push(holding);
    }
    Ok(Book { exchange, holdings })
}

fn line_input(market: &Market, line: &PositionLine, place: usize) -> Result<LineInput> {
    let expiry = market.expiry(line.expiry_slot).map_err(|error| error.to_string())?;
    let strike = expiry.strike(line.strike_slot).map_err(|error| error.to_string())?.strike();
    Ok(LineInput { expiry: u8::try_from(place)?, strike, calls_e6: line.calls_e6, puts_e6: line.puts_e6 })
}
