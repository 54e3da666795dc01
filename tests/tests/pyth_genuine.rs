//! Genuine `PriceUpdateV2` accounts recorded on mainnet, where the recordings are present: they are not part of the repository
//! and lie beside it, or where `BALLAST_DATA` says.

use anchor_lang::prelude::{AccountInfo, Pubkey};
use ballast_harness::pyth::VerificationLevel;
use ballast_sdk::{
    ballast::{
        adapters::oracle::{decode, read_price},
        constants::PYTH_RECEIVER,
        error::BallastError,
    },
    error::Refusal,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::Value;
use std::{env, fs, path::PathBuf};

/// Where the recordings are, from this crate's folder.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
const FILE: &str = "pyth/price_update_accounts.json";

/// One recorded account.
struct Recorded {
    pair: String,
    data: Vec<u8>,
    feed_id: [u8; 32],
    level: VerificationLevel,
    fields: Value,
}

impl Recorded {
    fn of(fields: &Value) -> Self {
        let text = |name: &str| fields[name].as_str().unwrap_or_else(|| panic!("no {name} in {fields}"));
        let feed: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&text("feed_id")[2 * at..2 * at + 2], 16).expect("hexadecimal"))
            .collect();
        let level = match text("verification").strip_prefix("Partial(") {
            Some(rest) => VerificationLevel::Partial {
                num_signatures: rest.trim_end_matches(')').parse().expect("a count"),
            },
            None => VerificationLevel::Full,
        };
        Self {
            pair: text("pair").to_owned(),
            data: STANDARD.decode(text("data_base64")).expect("base64"),
            feed_id: feed.try_into().expect("32 bytes"),
            level,
            fields: fields.clone(),
        }
    }

    fn number(&self, name: &str) -> i64 {
        self.fields[name].as_i64().unwrap_or_else(|| panic!("no {name} in {}", self.fields))
    }

    /// A field of the recorded exponent at 1e-8, rounded to the nearest, or up.
    fn e8(&self, name: &str, up: bool) -> u64 {
        let (digits, places) = (self.number(name).unsigned_abs(), self.number("expo") + 8);
        let power = 10u64.pow(u32::try_from(places.unsigned_abs()).expect("small"));
        match (places < 0, up) {
            (false, _) => digits * power,
            (true, true) => digits.div_ceil(power),
            (true, false) => (digits + power / 2) / power,
        }
    }
}

/// The recordings; none where the file is absent.
fn recordings() -> Vec<Recorded> {
    let folder = env::var_os("BALLAST_DATA").map_or_else(|| PathBuf::from(BESIDE), PathBuf::from);
    let path = folder.join(FILE);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return Vec::new();
    };
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    let accounts = whole["accounts"].as_array().expect("a list of accounts");
    assert!(!accounts.is_empty());
    accounts.iter().map(Recorded::of).collect()
}

fn name(refusal: BallastError) -> String {
    Refusal::from(refusal).name
}

/// Goal: the program's decoder reads what Pyth's receiver wrote. Method: every fully verified recording against its parsed
/// fields, at the second it was published.
#[test]
fn genuine_updates_are_read() {
    for recorded in recordings().iter().filter(|recorded| recorded.level == VerificationLevel::Full) {
        let published = recorded.number("publish_time");
        let price = decode(&recorded.data, &recorded.feed_id, published)
            .unwrap_or_else(|refusal| panic!("{}: {}", recorded.pair, name(refusal)));
        assert_eq!(price.price_e8, recorded.e8("price", false), "{}", recorded.fields);
        assert_eq!(price.conf_e8, recorded.e8("conf", true), "{}", recorded.fields);
        assert_eq!(price.ema_e8, recorded.e8("ema_price", false), "{}", recorded.fields);
        assert_eq!(price.publish_time, published);
        assert_eq!(price.prev_publish_time, recorded.number("prev_publish_time"));
        println!("{} {} at {published}", recorded.pair, price.price_e8);
    }
}

/// Goal: an update whose guardian signatures were checked only in part is no price. Method: every such recording.
#[test]
fn genuine_partial_updates_are_refused() {
    for recorded in recordings().iter().filter(|recorded| recorded.level != VerificationLevel::Full) {
        let refusal = decode(&recorded.data, &recorded.feed_id, i64::MAX).expect_err("partly verified");
        assert_eq!(name(refusal), "OracleNotFullyVerified", "{}", recorded.fields);
    }
}

/// Goal: genuine data serves no other feed, no earlier moment, no other owner. Method: each recording that is read, asked
/// for wrongly.
#[test]
fn genuine_updates_are_refused_where_they_do_not_belong() {
    for recorded in recordings().iter().filter(|recorded| recorded.level == VerificationLevel::Full) {
        let published = recorded.number("publish_time");
        let other = decode(&recorded.data, &[7; 32], published).expect_err("another feed");
        assert_eq!(name(other), "OracleWrongFeed");
        let early = decode(&recorded.data, &recorded.feed_id, published - 1).expect_err("not published yet");
        assert_eq!(name(early), "OracleFuture");
        let short = decode(&recorded.data[..recorded.data.len() - 1], &recorded.feed_id, published);
        assert_eq!(name(short.expect_err("cut short")), "OracleMalformed");
        assert_eq!(owned_by(recorded, PYTH_RECEIVER), Ok(()));
        assert_eq!(owned_by(recorded, Pubkey::new_from_array([1; 32])), Err("OracleWrongOwner".to_owned()));
    }
}

/// Whether the account is read as one of this owner's.
fn owned_by(recorded: &Recorded, owner: Pubkey) -> Result<(), String> {
    let (key, mut lamports, mut data) = (Pubkey::default(), 1, recorded.data.clone());
    let account = AccountInfo::new(&key, false, false, &mut lamports, &mut data, &owner, false);
    let read = read_price(&account, &recorded.feed_id, recorded.number("publish_time"));
    read.map(|_| ()).map_err(|refusal| Refusal::from(refusal).name)
}
