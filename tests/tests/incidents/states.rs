//! Incidents of states: an account under a flag, and an instruction that nobody had thought of. Every instruction of the
//! IDL has a row, and every row is driven.

use crate::{
    pit::{
        fall::{flagged, sold, Fall, WHOLE_E9},
        window::settle_instruction,
    },
    scene::{DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{constants::GATES_ALL, error::BallastError, instructions::LegWanted};
use ballast_harness::{
    world::{CollateralSpec, Kind, MarketSpec, Surface},
    Rejected, Trader, Verdict,
};
use ballast_sdk::instruction::{portfolio::Mode, risk::volatility_feed_init};
use solana_signer::Signer;
use std::collections::BTreeSet;
use Cell::{No, Yes};

const IDL: &str = include_str!("../../../sdk/idl/ballast.json");

/// What an instruction is in a state.
enum Cell {
    /// Refused for the state, with this error.
    No(BallastError),
    /// Open, and why that is right.
    Yes(&'static str),
}

/// An instruction; then what it is about a frozen portfolio, while a shortfall is open, and while every gate is paused.
type Row = (&'static str, [Cell; 3]);

const FROZEN: Cell = No(BallastError::Frozen);
const SHORTFALL: Cell = No(BallastError::ShortfallOpen);
const GATED: Cell = No(BallastError::GateClosed);
/// Reasons that come up again and again.
const NOT_OF_A_PORTFOLIO: Cell = Yes("is about no portfolio");
const MOVES_NO_CASH_OUT: Cell = Yes("nothing leaves by it");
const PROTECTS: Cell = Yes("protects people, so it has no gate");
const SETTLES: Cell = Yes("a settlement waits for nobody");
const LIQUIDATES: Cell = Yes("what frees the portfolio");
const SOLVES: Cell = Yes("what ends the shortfall");

fn table() -> Vec<Row> {
    vec![
        ("collateral_add", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, GATED]),
        ("collateral_convert", [LIQUIDATES, SOLVES, PROTECTS]),
        ("collect_loss", [Yes("a loss is due all the same"), SOLVES, PROTECTS]),
        ("delegate_set", [FROZEN, MOVES_NO_CASH_OUT, PROTECTS]),
        ("deposit", [LIQUIDATES, MOVES_NO_CASH_OUT, PROTECTS]),
        ("exchange_init", [NOT_OF_A_PORTFOLIO, Yes("there is one already"), Yes("there is one already")]),
        ("expiry_list", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, GATED]),
        ("fees_sweep", [NOT_OF_A_PORTFOLIO, SOLVES, PROTECTS]),
        ("gate_set", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, Yes("what opens the gates")]),
        ("insurance_claim", [NOT_OF_A_PORTFOLIO, SHORTFALL, GATED]),
        ("insurance_stake", [NOT_OF_A_PORTFOLIO, SHORTFALL, Yes("money comes in")]),
        ("insurance_unstake", [NOT_OF_A_PORTFOLIO, SHORTFALL, Yes("it asks; paying is gated")]),
        ("liquidate_legs", [FROZEN, MOVES_NO_CASH_OUT, PROTECTS]),
        ("liquidate_slice", [FROZEN, MOVES_NO_CASH_OUT, PROTECTS]),
        ("liquidation_end", [LIQUIDATES, MOVES_NO_CASH_OUT, PROTECTS]),
        ("liquidation_start", [No(BallastError::AlreadyFlagged), MOVES_NO_CASH_OUT, PROTECTS]),
        ("margin_check", [Yes("only looks"), Yes("only looks"), Yes("only looks")]),
        ("market_init", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, GATED]),
        ("pause", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, Yes("twice in a row at most")]),
        ("portfolio_close", [FROZEN, Yes("only an empty one"), Yes("only an empty one")]),
        ("portfolio_open", [Yes("another portfolio"), MOVES_NO_CASH_OUT, GATED]),
        ("resolve_insolvency", [LIQUIDATES, SOLVES, PROTECTS]),
        ("settle_portfolio", [SETTLES, SETTLES, SETTLES]),
        ("settlement_decide", [SETTLES, SETTLES, SETTLES]),
        ("settlement_finalize", [SETTLES, SETTLES, SETTLES]),
        ("settlement_sample", [SETTLES, SETTLES, SETTLES]),
        ("socialise_shortfall", [NOT_OF_A_PORTFOLIO, SOLVES, PROTECTS]),
        ("stake_close", [NOT_OF_A_PORTFOLIO, Yes("only an empty one"), Yes("only an empty one")]),
        ("stake_open", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, Yes("holds nothing yet")]),
        ("strike_list", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, GATED]),
        ("trade", [FROZEN, MOVES_NO_CASH_OUT, GATED]),
        ("unpause", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, Yes("what opens the gates")]),
        ("volatility_feed_init", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, PROTECTS]),
        ("volatility_post", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, PROTECTS]),
        ("volatility_update", [NOT_OF_A_PORTFOLIO, MOVES_NO_CASH_OUT, PROTECTS]),
        ("withdraw", [FROZEN, SHORTFALL, GATED]),
    ]
}

/// The scene of a state, and the portfolio that acts in it. A stake is leaving in each.
fn scenes() -> [(Fall, Trader); 3] {
    let staked = |mut fall: Fall| {
        let staker = fall.world.staker("staker", 100 * USD_E6).expect("a stake");
        fall.world.unstake(&staker, 1_000_000).expect("shares that leave");
        for trader in [&staker, &fall.victim, &fall.house, &fall.taker] {
            fall.world.give(trader, "USDC", USD_E6).expect("tokens");
            fall.world.give(trader, "SOL", 0).expect("an account");
        }
        fall
    };
    let frozen = staked(flagged());
    let mut short = staked(sold());
    short.rest_at(62_000 * USD_E8);
    short.world.flag(&short.victim).expect("a flag");
    short.take(WHOLE_E9).expect("a book that is worth less than nothing");
    assert!(short.world.exchange().shortfall_e6 > 0);
    let mut paused = staked(flagged());
    paused.world.pause(GATES_ALL).accepted();
    let acting = [frozen.victim.clone(), short.house.clone(), paused.house.clone()];
    let [one, two, three] = acting;
    [(frozen, one), (short, two), (paused, three)]
}

/// The instruction, by or about `who`.
fn act(fall: &mut Fall, who: &Trader, name: &str) -> Result<(), Box<Rejected>> {
    let Fall { world, victim, house, taker, expiry } = fall;
    let (expiry, now) = (*expiry, world.vm.now());
    let put = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, UNIT_E6);
    let leg = LegWanted {
        market: put.market,
        expiry_slot: put.expiry_slot,
        strike_slot: put.strike_slot,
        is_put: true,
        qty_max_e6: u64::MAX,
    };
    let staker = world.trader("staker");
    // Whoever takes takes from the victim, and a victim that takes takes from the house.
    let owner = if who.portfolio() == victim.portfolio() { &*house } else { &*victim };
    let sent = match name {
        "collateral_add" => world.add_collateral(&CollateralSpec::new("NEW", [7; 32], USD_E8, 6)),
        "collateral_convert" => world.convert(who, taker, "SOL", 1),
        "collect_loss" => world.collect(who),
        "delegate_set" => world.delegate(who, &taker.pubkey(), now + 60),
        "deposit" => world.deposit(who, "USDC", 1),
        "exchange_init" => world.create_exchange(world.exchange_args()),
        "expiry_list" => {
            return world.list_expiry("BTC", expiry + 30 * DAY_SECS, Surface::FLAT, &[USD_E8]);
        }
        "fees_sweep" => world.sweep_fees("BTC"),
        "gate_set" => world.set_gates(0),
        "insurance_claim" => world.claim_stake(&staker, 1),
        "insurance_stake" => world.stake(&staker, 1_000),
        "insurance_unstake" => world.unstake(&staker, 1_000_000),
        "liquidate_legs" => world.take_legs(owner, who, &[leg]),
        "liquidate_slice" => world.take_slice(owner, who, WHOLE_E9 / 100),
        "liquidation_end" => world.end_liquidation(who),
        "liquidation_start" => world.flag(who),
        "margin_check" => world.check_margin(who),
        "market_init" => world.add_market(&MarketSpec::numbered(7)),
        "pause" => world.pause(GATES_ALL),
        "portfolio_close" => world.close(who),
        "portfolio_open" => world.open(&who.with_index(7), Mode::Cross),
        "resolve_insolvency" => world.resolve(who),
        "settle_portfolio" => {
            let settle = settle_instruction(&who.portfolio(), &[world.markets[0].address]);
            let crank = world.crank.insecure_clone();
            world.send(&[settle], &[&crank])
        }
        "settlement_decide" => world.decide("BTC", expiry, USD_E8),
        "settlement_finalize" => world.finalize("BTC", expiry),
        "settlement_sample" => world.sample("BTC", expiry),
        "socialise_shortfall" => world.socialise(),
        "stake_close" => world.close_stake(&staker),
        "stake_open" => world.open_stake(who),
        "strike_list" => return world.list_strikes("BTC", expiry, &[77_000 * USD_E8]),
        "trade" => world.trade_at_mark(who, taker, &[put]),
        "unpause" => world.unpause(GATES_ALL),
        "volatility_feed_init" => {
            let (authority, market) = (world.risk_authority.insecure_clone(), world.markets[0].address);
            let payer = authority.pubkey();
            let init = volatility_feed_init(&payer, &payer, &market, &[payer], 1);
            world.send(&[init], &[&authority])
        }
        "volatility_post" => return world.post_volatility("BTC", 420_000),
        "volatility_update" => world.update_volatility("BTC"),
        "withdraw" => world.withdraw(who, "USDC", 1),
        _ => panic!("{name} is driven by nothing here"),
    };
    sent.map(|_| ())
}

/// marginfi, September 2025: an account under a transient flag could be moved by an instruction nobody had thought of.
///
/// Goal: of every instruction it is known what it is about a frozen portfolio, under an open shortfall and with every gate
/// paused, and it is so. Method: the table against the IDL, both ways; each cell on the binary: what says no refuses with
/// its error, what says yes is never refused for a state.
#[test]
fn marginfi_every_instruction_knows_every_state() {
    let idl: serde_json::Value = serde_json::from_str(IDL).expect("the committed IDL");
    let listed = idl["instructions"].as_array().expect("instructions").iter();
    let of_idl: BTreeSet<&str> = listed.map(|each| each["name"].as_str().expect("a name")).collect();
    let table = table();
    assert_eq!(table.iter().map(|row| row.0).collect::<BTreeSet<_>>(), of_idl);
    assert_eq!(table.len(), of_idl.len());

    let of_a_state = [
        BallastError::Frozen,
        BallastError::AlreadyFlagged,
        BallastError::ShortfallOpen,
        BallastError::GateClosed,
    ];
    for (state, (fall, who)) in scenes().into_iter().enumerate() {
        for (name, cells) in &table {
            let Fall { victim, house, taker, expiry, .. } = &fall;
            let (victim, house, taker) = (victim.clone(), house.clone(), taker.clone());
            let mut fork = Fall { world: fall.world.fork(), victim, house, taker, expiry: *expiry };
            let sent = act(&mut fork, &who, name);
            match (&cells[state], sent) {
                (No(error), Err(rejected)) => assert!(rejected.is(*error), "{name} in {state}: {rejected:?}"),
                (No(error), Ok(())) => panic!("{name} in {state} went through, not {error:?}"),
                (Yes(why), Err(rejected)) => {
                    assert!(rejected.number.is_some(), "{name} was not sent: {rejected:?}");
                    let for_it = of_a_state.into_iter().any(|error| rejected.is(error));
                    assert!(!for_it, "{name} in {state} ({why}): {rejected:?}");
                }
                (Yes(_), Ok(())) => {}
            }
        }
    }
}
