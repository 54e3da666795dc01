//! Pyth price updates as the receiver program writes them, byte for byte, and every way they can be wrong.

use anchor_lang::{prelude::Pubkey, AccountSerialize};
use ballast::constants::PYTH_RECEIVER;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2};
use solana_account::Account;

pub use pyth_solana_receiver_sdk::price_update::VerificationLevel;

/// Pyth's exponent of nearly every feed.
const EXPONENT: i32 = -8;
/// Confidence of a calm market, basis points of the price.
const CALM_CONF_BPS: u64 = 5;

/// A price update before it is an account. Begin with [`PriceUpdate::new`] and change what the case is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceUpdate {
    /// Feed id.
    pub feed_id: [u8; 32],
    /// Price at 10^exponent.
    pub price: i64,
    /// Confidence interval at 10^exponent.
    pub conf: u64,
    /// Exponential moving average of the price at 10^exponent.
    pub ema_price: i64,
    /// Exponential moving average of the confidence at 10^exponent.
    pub ema_conf: u64,
    /// Decimal exponent.
    pub exponent: i32,
    /// Publish time, unix seconds.
    pub publish_time: i64,
    /// Publish time of the update before, unix seconds.
    pub prev_publish_time: i64,
    /// How far the guardians' signatures were checked.
    pub level: VerificationLevel,
    /// Owner of the account: a receiver program, in the good case.
    pub owner: Pubkey,
    /// Who may overwrite or close the account.
    pub write_authority: Pubkey,
    /// Slot of the posting.
    pub posted_slot: u64,
}

impl PriceUpdate {
    /// A good update: fully verified, published now with the one before a second ago, calm, at its average.
    #[must_use]
    pub fn new(feed_id: [u8; 32], price_e8: u64, now: i64) -> Self {
        let price = i64::try_from(price_e8).unwrap_or(i64::MAX);
        let conf = price_e8 / 10_000 * CALM_CONF_BPS;
        Self {
            feed_id,
            price,
            conf,
            ema_price: price,
            ema_conf: conf,
            exponent: EXPONENT,
            publish_time: now,
            prev_publish_time: now - 1,
            level: VerificationLevel::Full,
            owner: PYTH_RECEIVER,
            write_authority: Pubkey::new_from_array([7; 32]),
            posted_slot: 1,
        }
    }

    /// Published at another time, the one before a second earlier.
    #[must_use]
    pub fn published(mut self, time: i64) -> Self {
        self.publish_time = time;
        self.prev_publish_time = time - 1;
        self
    }

    /// Published this many seconds earlier.
    #[must_use]
    pub fn aged(self, secs: i64) -> Self {
        let time = self.publish_time - secs;
        self.published(time)
    }

    /// Published this many seconds later: in the future, if it was published now.
    #[must_use]
    pub fn ahead(self, secs: i64) -> Self {
        self.aged(-secs)
    }

    /// With the update before at this time. The first at or after an expiry has it before the expiry.
    #[must_use]
    pub fn after(mut self, prev_publish_time: i64) -> Self {
        self.prev_publish_time = prev_publish_time;
        self
    }

    /// With a confidence of so many basis points of the price.
    #[must_use]
    pub fn wide(mut self, conf_bps: u64) -> Self {
        self.conf = u64::try_from(i128::from(self.price.unsigned_abs()) * i128::from(conf_bps) / 10_000)
            .unwrap_or(u64::MAX);
        self
    }

    /// With an average elsewhere, 1e-8 quote.
    #[must_use]
    pub fn averaging(mut self, ema_e8: u64) -> Self {
        self.ema_price = i64::try_from(ema_e8).unwrap_or(i64::MAX);
        self
    }

    /// With the price's sign turned.
    #[must_use]
    pub fn negative(mut self) -> Self {
        self.price = -self.price;
        self
    }

    /// With a price of zero.
    #[must_use]
    pub fn zero(mut self) -> Self {
        self.price = 0;
        self
    }

    /// With the same digits at another exponent.
    #[must_use]
    pub fn at_exponent(mut self, exponent: i32) -> Self {
        self.exponent = exponent;
        self
    }

    /// Of another feed.
    #[must_use]
    pub fn of_feed(mut self, feed_id: [u8; 32]) -> Self {
        self.feed_id = feed_id;
        self
    }

    /// In an account of another program.
    #[must_use]
    pub fn owned_by(mut self, owner: Pubkey) -> Self {
        self.owner = owner;
        self
    }

    /// With only some of the guardians' signatures checked.
    #[must_use]
    pub fn partly_verified(mut self, num_signatures: u8) -> Self {
        self.level = VerificationLevel::Partial { num_signatures };
        self
    }

    /// The bytes of the account. A full update packs one byte shorter than a partial one; the account has room for both.
    ///
    /// # Panics
    /// Never: a vector takes what is written.
    #[must_use]
    pub fn data(&self) -> Vec<u8> {
        let update = PriceUpdateV2 {
            write_authority: self.write_authority,
            verification_level: self.level,
            price_message: PriceFeedMessage {
                feed_id: self.feed_id,
                price: self.price,
                conf: self.conf,
                exponent: self.exponent,
                publish_time: self.publish_time,
                prev_publish_time: self.prev_publish_time,
                ema_price: self.ema_price,
                ema_conf: self.ema_conf,
            },
            posted_slot: self.posted_slot,
        };
        let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
        update.try_serialize(&mut data).expect("a vector takes what is written");
        data.resize(PriceUpdateV2::LEN, 0);
        data
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> Account {
        Account {
            lamports: 1_823_520,
            data: self.data(),
            owner: self.owner,
            executable: false,
            rent_epoch: u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ballast::adapters::oracle;

    const NOW: i64 = 1_760_000_000;

    /// Goal: the fields lie where the receiver puts them. Method: the offsets of a recorded account.
    #[test]
    fn bytes_are_the_receivers() {
        let update = PriceUpdate::new(crate::feeds::SOL, 15_679_769_099, NOW).after(NOW - 3);
        let data = update.data();
        assert_eq!(data.len(), 134);
        assert_eq!(data[..8], [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd]);
        assert_eq!(data[40], 1, "fully verified");
        assert_eq!(data[41..73], crate::feeds::SOL);
        assert_eq!(data[73..81], 15_679_769_099i64.to_le_bytes());
        assert_eq!(data[89..93], (-8i32).to_le_bytes());
        assert_eq!(data[101..109], (NOW - 3).to_le_bytes());
        assert_eq!(data[133], 0, "a full update leaves the last byte");
        assert_eq!(update.partly_verified(5).data()[40..42], [0, 5]);
    }

    /// Goal: the program reads a good update and refuses each bad one. Method: its own decoder.
    #[test]
    fn the_program_reads_it() {
        let good = PriceUpdate::new(crate::feeds::BTC, 12_000_000_000_000, NOW);
        let read = |update: PriceUpdate| oracle::decode(&update.data(), &crate::feeds::BTC, NOW);
        let price = read(good).map_err(|error| error.name()).unwrap();
        assert_eq!(
            (price.price_e8, price.conf_e8, price.publish_time),
            (12_000_000_000_000, 6_000_000_000, NOW)
        );
        for bad in [
            good.negative(),
            good.zero(),
            good.ahead(1),
            good.of_feed(crate::feeds::ETH),
            good.partly_verified(12),
            good.at_exponent(1),
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
