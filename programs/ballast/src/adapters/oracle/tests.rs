//! The reader against the receiver's own type, and every cell of the validity table.

use super::*;
use anchor_lang::AccountSerialize;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, VerificationLevel};

const NOW: i64 = 1_760_000_000;
const FEED: [u8; 32] = [9; 32];

fn message() -> PriceFeedMessage {
    PriceFeedMessage {
        feed_id: FEED,
        price: 12_345_678,
        conf: 1_001,
        exponent: -5,
        publish_time: NOW - 7,
        prev_publish_time: NOW - 8,
        ema_price: 12_300_000,
        ema_conf: 2,
    }
}

fn account(price_message: PriceFeedMessage, verification_level: VerificationLevel) -> Vec<u8> {
    let update = PriceUpdateV2 {
        write_authority: Pubkey::new_unique(),
        verification_level,
        price_message,
        posted_slot: 5,
    };
    let mut data = Vec::new();
    update.try_serialize(&mut data).expect("a vector takes it");
    data.resize(PriceUpdateV2::LEN, 0);
    data
}

fn decoded(change: impl FnOnce(&mut PriceFeedMessage)) -> core::result::Result<Price, BallastError> {
    let mut message = message();
    change(&mut message);
    decode(&account(message, VerificationLevel::Full), &FEED, NOW)
}

fn refused(change: impl FnOnce(&mut PriceFeedMessage)) -> u32 {
    decoded(change).expect_err("refused").into()
}

fn number(error: BallastError) -> u32 {
    error.into()
}

/// Goal: the fixed offsets are those of the receiver's type. Method: serialise the type, read it back.
#[test]
fn reads_what_the_receiver_writes() {
    let price = decoded(|_| ()).expect("valid");
    assert_eq!(
        price,
        Price {
            price_e8: 12_345_678_000,
            conf_e8: 1_001_000,
            ema_e8: 12_300_000_000,
            publish_time: NOW - 7,
            prev_publish_time: NOW - 8
        }
    );
}

/// Goal: every exponent from −12 to 0 scales, the price to the nearest and the confidence up. Method: known values.
#[test]
fn scales_exponents() {
    for (exponent, price, conf, price_e8, conf_e8) in [
        (0, 7, 1, 700_000_000, 100_000_000),
        (-8, 7, 1, 7, 1),
        (-9, 75, 1, 8, 1),
        (-9, 74, 10, 7, 1),
        (-12, 19_999, 10_001, 2, 2),
    ] {
        let read = decoded(|m| {
            (m.exponent, m.price, m.ema_price, m.conf) = (exponent, price, price, conf);
        })
        .expect("valid");
        assert_eq!(
            (read.price_e8, read.ema_e8, read.conf_e8),
            (price_e8, price_e8, conf_e8),
            "exponent {exponent}"
        );
    }
}

/// Goal: each ground of rejection has its own error. Method: spoil one field at a time.
#[test]
fn rejects_with_its_own_error() {
    assert_eq!(refused(|m| m.price = 0), number(BallastError::OraclePriceNotPositive));
    assert_eq!(refused(|m| m.price = -1), number(BallastError::OraclePriceNotPositive));
    assert_eq!(
        refused(|m| (m.price, m.exponent) = (4_999, -12)),
        number(BallastError::OraclePriceNotPositive)
    );
    assert_eq!(refused(|m| m.ema_price = 0), number(BallastError::OracleEmaNotPositive));
    assert_eq!(refused(|m| m.exponent = 1), number(BallastError::OracleExponent));
    assert_eq!(refused(|m| m.exponent = -13), number(BallastError::OracleExponent));
    assert_eq!(refused(|m| m.exponent = i32::MIN), number(BallastError::OracleExponent));
    assert_eq!(refused(|m| m.price = i64::MAX), number(BallastError::OracleOutOfRange));
    assert_eq!(refused(|m| m.conf = u64::MAX), number(BallastError::OracleOutOfRange));
    assert_eq!(refused(|m| m.publish_time = NOW + 1), number(BallastError::OracleFuture));
    assert_eq!(refused(|m| m.feed_id = [8; 32]), number(BallastError::OracleWrongFeed));
    let partial = account(message(), VerificationLevel::Partial { num_signatures: 12 });
    assert_eq!(
        decode(&partial, &FEED, NOW).map_err(u32::from).expect_err("refused"),
        number(BallastError::OracleNotFullyVerified)
    );
    let full = account(message(), VerificationLevel::Full);
    assert!(decode(&full[..133], &FEED, NOW).is_err());
    let mut other = full.clone();
    other[0] ^= 1;
    assert_eq!(
        decode(&other, &FEED, NOW).map_err(u32::from).expect_err("refused"),
        number(BallastError::OracleMalformed)
    );
}

fn quality(age: i64, conf_e8: u64, ema_e8: u64) -> PriceQuality {
    classify(
        &Price { price_e8: 1_000_000, conf_e8, ema_e8, publish_time: NOW - age, prev_publish_time: 0 },
        NOW,
    )
}

fn verdicts(quality: PriceQuality) -> [Option<u32>; 4] {
    [Action::IncreaseRisk, Action::ReduceRisk, Action::Liquidate, Action::Settle]
        .map(|action| require_usable(quality, action).err().map(u32::from))
}

/// Goal: the whole validity table, each side of each limit. Method: one price a cell.
#[test]
fn the_table_cell_by_cell() {
    use BallastError as E;
    let no = |error: BallastError| Some(number(error));
    let ema = 1_000_000;
    let yes = [None; 4];
    assert_eq!(verdicts(quality(0, 0, ema)), yes);
    assert_eq!(verdicts(quality(60, 20_000, ema)), yes);
    assert_eq!(verdicts(quality(61, 0, ema)), [no(E::OracleStale), None, None, None]);
    assert_eq!(verdicts(quality(300, 0, ema)), [no(E::OracleStale), None, None, None]);
    let too_old = [no(E::OracleTooOld), no(E::OracleTooOld), no(E::OracleTooOld), None];
    assert_eq!(verdicts(quality(301, 0, ema)), too_old);
    assert_eq!(verdicts(quality(0, 20_001, ema)), [no(E::OracleConfidenceWide), None, None, None]);
    assert_eq!(verdicts(quality(0, 50_000, ema)), [no(E::OracleConfidenceWide), None, None, None]);
    assert_eq!(
        verdicts(quality(0, 50_001, ema)),
        [no(E::OracleConfidenceWide), None, no(E::OracleConfidenceUnusable), None]
    );
    // S/ema = 1.2 exactly, just above, 1.5 exactly, just above; and below the average.
    assert_eq!(verdicts(quality(0, 0, 833_334)), yes);
    assert_eq!(verdicts(quality(0, 0, 833_333)), [no(E::OracleGapWide), None, None, None]);
    assert_eq!(verdicts(quality(0, 0, 666_667)), [no(E::OracleGapWide), None, None, None]);
    assert_eq!(
        verdicts(quality(0, 0, 666_666)),
        [no(E::OracleGapWide), None, no(E::OracleGapUnusable), None]
    );
    assert_eq!(verdicts(quality(0, 0, 1_250_000)), yes);
    assert_eq!(
        verdicts(quality(0, 0, 2_000_001)),
        [no(E::OracleGapWide), None, no(E::OracleGapUnusable), None]
    );
}

/// A SOL/USD update as the receiver program wrote it on mainnet in July 2024 (marginfi-v2's test data, Apache-2.0).
const GENUINE: &str =
    "22f123639d7ef4cd60314704340deddf371fd42472148f248e9d1a6d1a5eb2ac3acd8b7fd5d6b24301ef0d8b6fda2ceba41d \
    a15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d0b4a96a6030000009726f70000000000f8ffffff5a699666000000 \
    005969966600000000c8b376a5030000008fe8f20000000000df0990100000000000";

/// Goal: a genuine account reads as its publisher meant it. Method: bytes from the chain.
#[test]
fn reads_a_genuine_account() {
    let digits: Vec<u8> = GENUINE.bytes().filter(u8::is_ascii_hexdigit).collect();
    let nibble = |digit: u8| (digit as char).to_digit(16).expect("hexadecimal") as u8;
    let data: Vec<u8> = digits.chunks(2).map(|pair| 16 * nibble(pair[0]) + nibble(pair[1])).collect();
    let feed_id: [u8; 32] = data[41..73].try_into().expect("32 bytes");
    assert_eq!(feed_id[..4], [0xef, 0x0d, 0x8b, 0x6f]);
    let price = decode(&data, &feed_id, 1_721_133_402).expect("valid at its own time");
    let expected = Price {
        price_e8: 15_679_769_099,
        conf_e8: 16_197_271,
        ema_e8: 15_660_921_800,
        publish_time: 1_721_133_402,
        prev_publish_time: 1_721_133_401,
    };
    assert_eq!(price, expected);
}
