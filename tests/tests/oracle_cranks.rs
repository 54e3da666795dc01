//! The validity table for what samples prices: realised volatility, the settlement window, the price of an expiry.

use anchor_lang::prelude::Pubkey;
use ballast::{constants::PYTH_RECEIVER_PRO, error::BallastError};
use ballast_harness::{
    feeds,
    pyth::PriceUpdate,
    world::{price_address, Sent, Surface},
    Verdict, World,
};
use ballast_sdk::instruction::{risk::volatility_update, settlement};
use solana_account::Account;

const USD_E8: u64 = 100_000_000;
const HOUR_SECS: i64 = 3_600;

/// What samples a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crank {
    /// `volatility_update` of BTC.
    Volatility,
    /// `settlement_sample` of an expiry that is about to come.
    Sample,
    /// `settlement_finalize` of an expiry that has just passed.
    Finalize,
}

const ALL: [Crank; 3] = [Crank::Volatility, Crank::Sample, Crank::Finalize];

/// A moment at which one expiry of BTC is an instant old and another's window is open.
struct Moment {
    world: World,
}

fn moment() -> Moment {
    let mut world = World::standard().expect("the usual scenario");
    let past = world.vm.now() + HOUR_SECS;
    for expiry in [past, past + 600] {
        world.list_expiry("BTC", expiry, Surface::FLAT, &[120_000 * USD_E8]).expect("an expiry");
    }
    world.wait(HOUR_SECS).expect("an hour");
    Moment { world }
}

impl Moment {
    /// What the crank would come to now, without a volatility source: the spot is what is asked about.
    fn ask(&self, crank: Crank) -> Sent {
        let (world, exchange) = (&self.world, self.world.exchange());
        let prices = world.price_accounts();
        let built = match crank {
            Crank::Volatility => volatility_update(&exchange, &world.market(0), &prices),
            Crank::Sample => settlement::settlement_sample(&exchange, 0, 1, &prices),
            Crank::Finalize => {
                settlement::settlement_finalize(&exchange, 0, 0, Some(price_address(&feeds::BTC)))
            }
        };
        let mut instruction = built.expect("the feed has an account");
        if crank == Crank::Volatility {
            let source = instruction.accounts.last_mut().expect("a volatility source");
            source.pubkey = ballast::ID;
        }
        world.vm.simulate(&[instruction], &[&world.crank])
    }

    /// The first update at or after the expiry that passed.
    fn good(&self) -> PriceUpdate {
        let now = self.world.vm.now();
        PriceUpdate::new(feeds::BTC, 116_000 * USD_E8, now).after(now - 1)
    }
}

/// Goal: a fresh, narrow price serves, at each receiver's account. Method: every crank.
#[test]
fn a_fresh_narrow_price_serves() {
    let mut moment = moment();
    for update in [moment.good(), moment.good().owned_by(PYTH_RECEIVER_PRO)] {
        moment.world.post(update);
        ALL.iter().for_each(|crank| drop(moment.ask(*crank).accepted()));
    }
}

/// Goal: what is no price is refused with its own error. Method: every way an update can be wrong, to every crank.
#[test]
fn what_is_no_price_is_refused() {
    use BallastError as E;
    let mut moment = moment();
    let update = moment.good();
    let mut short = update.account();
    short.data.truncate(100);
    let cases: Vec<(Account, E)> = vec![
        (update.owned_by(Pubkey::default()).account(), E::OracleWrongOwner),
        (update.of_feed(feeds::ETH).account(), E::OracleWrongFeed),
        (update.partly_verified(12).account(), E::OracleNotFullyVerified),
        (update.zero().account(), E::OraclePriceNotPositive),
        (update.negative().account(), E::OraclePriceNotPositive),
        (update.averaging(0).account(), E::OracleEmaNotPositive),
        (update.ahead(1).account(), E::OracleFuture),
        (update.at_exponent(1).account(), E::OracleExponent),
        (update.at_exponent(0).account(), E::OracleOutOfRange),
        (short, E::OracleMalformed),
    ];
    for (account, error) in cases {
        moment.world.vm.set_account(price_address(&feeds::BTC), account);
        for crank in ALL {
            let rejected = moment.ask(crank).expect_err("no price");
            assert!(rejected.is(error), "{crank:?} is refused for {rejected}, not {error}");
        }
    }
}

/// Goal: whoever samples may not choose among old prints; the first price after an expiry is what it is at any age. Method:
/// both sides of a minute, then past five.
#[test]
fn samples_are_fresh_and_the_first_price_never_ages() {
    let mut moment = moment();
    moment.world.post(moment.good());
    moment.world.vm.advance(60);
    ALL.iter().for_each(|crank| drop(moment.ask(*crank).accepted()));
    moment.world.vm.advance(1);
    for crank in [Crank::Volatility, Crank::Sample] {
        moment.ask(crank).refused(BallastError::OracleStale);
    }
    moment.ask(Crank::Finalize).accepted();
    moment.world.vm.advance(1_000);
    moment.ask(Crank::Volatility).refused(BallastError::OracleTooOld);
    moment.ask(Crank::Sample).refused(BallastError::OracleStale);
    moment.ask(Crank::Finalize).accepted();
}

/// Goal: a settlement goes on when markets are wild, realised volatility asks for a price one could liquidate on. Method:
/// a wide confidence, and an average far away.
#[test]
fn wild_markets_still_settle() {
    let mut moment = moment();
    let update = moment.good();
    let far_e8 = 116_000 * USD_E8 / 2;
    for (wild, error) in [
        (update.wide(501), BallastError::OracleConfidenceUnusable),
        (update.averaging(far_e8), BallastError::OracleGapUnusable),
    ] {
        moment.world.post(wild);
        moment.ask(Crank::Sample).accepted();
        moment.ask(Crank::Finalize).accepted();
        moment.ask(Crank::Volatility).refused(error);
    }
    moment.world.post(update.wide(500));
    ALL.iter().for_each(|crank| drop(moment.ask(*crank).accepted()));
}

/// Goal: only the first update at or after an expiry settles it. Method: its own second, one second into the past, and an
/// update whose predecessor was already after the expiry.
#[test]
fn only_the_first_price_settles() {
    let mut moment = moment();
    let (update, now) = (moment.good(), moment.world.vm.now());
    moment.world.post(update.published(now - 1));
    moment.ask(Crank::Finalize).refused(BallastError::NotFirstPrice);
    moment.world.vm.advance(5);
    moment.world.post(update.published(now + 5).after(now));
    moment.ask(Crank::Finalize).refused(BallastError::NotFirstPrice);
    moment.world.post(update.published(now + 5).after(now - 1));
    moment.ask(Crank::Finalize).accepted();
}
