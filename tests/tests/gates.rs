//! `gate_set`, `pause`, `unpause`, and what each gate closes and leaves open.

#[path = "gates/losses.rs"]
mod losses;
#[path = "gates/pauses.rs"]
mod pauses;
mod pit;
mod scene;

use anchor_lang::error::ErrorCode;
use ballast::{
    constants::{GATES_ALL, GATE_LISTING, GATE_PORTFOLIO_OPEN, GATE_TRADE, GATE_WITHDRAW},
    error::BallastError,
};
use ballast_harness::{
    keys::keypair,
    token::create_mint,
    world::{CollateralSpec, Kind, MarketSpec, Surface},
    Sent, Verdict, World,
};
use ballast_sdk::{
    instruction::{portfolio::Mode, setup::gate_set},
    pda,
};
use scene::{
    emitted, read_only, refuse_impostors, traded, unsigned, Refuses, Scene, DAY_SECS, UNIT_E6, USD_E6, USD_E8,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

fn standard() -> World {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    world
}

fn set(world: &mut World, key: &Keypair, gates: u64) -> Sent {
    world.send(&[gate_set(&key.pubkey(), gates)], &[key])
}

/// Goal: the admin closes and opens, and the event tells both states. Method: close all, open one, open the rest.
#[test]
fn the_admin_closes_and_opens() {
    let mut world = standard();
    let admin = world.admin.insecure_clone();
    for (before, after) in
        [(0, GATES_ALL), (GATES_ALL, GATES_ALL & !GATE_TRADE), (GATES_ALL & !GATE_TRADE, 0), (0, 0)]
    {
        let outcome = set(&mut world, &admin, after).accepted();
        let event = emitted!(outcome, GatesSet);
        assert_eq!((event.admin, event.before, event.after), (admin.pubkey(), before, after));
        assert_eq!(world.exchange().gates, after);
    }
}

/// Goal: nobody else has a say, not even to close, and whoever has one signs. Method: other roles, no signature.
#[test]
fn strangers_have_no_say() {
    let mut world = standard();
    for key in [&world.guardian, &world.risk_authority, &world.crank].map(Keypair::insecure_clone) {
        for gates in [0, GATE_TRADE, GATES_ALL] {
            set(&mut world, &key, gates).refuses(BallastError::NotAdmin);
        }
    }
    let (crank, admin) = (world.crank.insecure_clone(), world.admin.pubkey());
    let good = gate_set(&admin, GATE_TRADE);
    world.send(&[unsigned(&good, &admin)], &[&crank]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: a bit that is no gate is refused, whoever asks. Method: the next bit, the highest, all.
#[test]
fn only_gates_are_closed() {
    let mut world = standard();
    let admin = world.admin.insecure_clone();
    for gates in [GATES_ALL + 1, 1 << 63, u64::MAX, GATE_TRADE | 1 << 4] {
        set(&mut world, &admin, gates).refuses(BallastError::ParameterOutOfBounds);
    }
}

/// Goal: the exchange is the exchange and can be written. Method: impostors, read-only.
#[test]
fn the_exchange_is_the_exchange() {
    let mut world = standard();
    let admin = world.admin.insecure_clone();
    let good = gate_set(&admin.pubkey(), GATE_TRADE);
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&admin]);
    world.send(&[read_only(&good, &pda::exchange())], &[&admin]).refuses(ErrorCode::ConstraintMut);
}

/// What a gate closes, as something to do.
type Act = Box<dyn Fn(&mut World) -> Sent>;

/// A scene, and everything a gate closes: the gate, and what it closes.
fn gated() -> (World, Vec<(u64, Act)>) {
    let Scene { mut world, long, short, expiry } = traded();
    let other = long.with_index(1);
    let next = expiry + 30 * DAY_SECS;
    let admin = world.admin.insecure_clone();
    let token = create_mint(&mut world.vm, &admin, &keypair("mint NEW"), 6).expect("a mint");
    let asset = CollateralSpec::new("NEW", [7; 32], 1, 6);
    let leg = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    let holder = long.clone();
    let acts: Vec<(u64, Act)> = vec![
        (GATE_TRADE, Box::new(move |world| world.trade_at_mark(&short, &long, &[leg]))),
        (GATE_WITHDRAW, Box::new(move |world| world.withdraw(&holder, "USDC", USD_E6))),
        (GATE_PORTFOLIO_OPEN, Box::new(move |world| world.open(&other, Mode::Cross))),
        (GATE_LISTING, Box::new(move |world| world.add_collateral_of(&asset, token))),
        (
            GATE_LISTING,
            Box::new(move |world| world.add_market(&MarketSpec::new("NEW", [8; 32], 1, 500_000, 10))),
        ),
        (GATE_LISTING, {
            Box::new(move |world| {
                let authority = world.risk_authority.insecure_clone();
                let surface = Surface::FLAT;
                let args = ballast::instructions::ExpiryListArgs {
                    expiry_ts: next,
                    atm_e6: surface.atm_e6,
                    skew_e6: surface.skew_e6,
                    curvature_e6: surface.curvature_e6,
                    basis_e6: surface.basis_e6,
                };
                let market = world.markets[0].address;
                let list = ballast_sdk::instruction::setup::expiry_list(&authority.pubkey(), &market, args);
                world.send(&[list], &[&authority])
            })
        }),
        (GATE_LISTING, {
            Box::new(move |world| {
                let authority = world.risk_authority.insecure_clone();
                let args = ballast::instructions::StrikeListArgs {
                    expiry_slot: 0,
                    expiry_ts: expiry,
                    strikes_e8: vec![77 * USD_E8],
                };
                let market = world.markets[0].address;
                let list = ballast_sdk::instruction::setup::strike_list(&authority.pubkey(), &market, args);
                world.send(&[list], &[&authority])
            })
        }),
    ];
    (world, acts)
}

/// Goal: each gate closes what it says. Method: all closed, then all but the one, which lets its instruction through.
#[test]
fn each_gate_closes_its_own() {
    let (mut world, acts) = gated();
    for (gate, act) in &acts {
        world.set_gates(*gate).accepted();
        act(&mut world).refuses(BallastError::GateClosed);
        world.set_gates(GATES_ALL & !*gate).accepted();
        act(&mut world).accepted();
    }
}

/// Goal: deposits, looking, volatility, delegates, closing, sweeping fees and settling have no gate. Method: close all, pause
/// all, do each.
#[test]
fn what_protects_people_has_no_gate() {
    for shut in [World::set_gates, World::pause] {
        what_protects_people_goes_on(shut);
    }
}

fn what_protects_people_goes_on(shut: fn(&mut World, u64) -> Sent) {
    let Scene { mut world, long, short, expiry } = traded();
    let empty = long.with_index(3);
    world.open(&empty, Mode::Cross).accepted();
    shut(&mut world, GATES_ALL).accepted();
    world.fund(&long, "USDC", 5).accepted();
    world.fund(&long, "SOL", 5).accepted();
    world.check_margin(&long).accepted();
    world.delegate(&long, &short.pubkey(), world.vm.now() + 1).accepted();
    world.close(&empty).accepted();
    world.sweep_fees("BTC").accepted();
    world.wait(60).expect("volatilities are posted");
    world.update_volatility("BTC").accepted();
    // Buying back what was sold is a trade that only lessens risk.
    let half = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, -UNIT_E6 / 2);
    world.trade_at_mark(&short, &long, &[half]).accepted();
    world.unwatched(|world| world.live_to_settlement("BTC", expiry, |_| 125_000 * USD_E8)).expect("a price");
    world.settle(&long).accepted();
    world.settle(&short).accepted();
}
