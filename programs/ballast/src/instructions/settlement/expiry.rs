//! What the settlement instructions share: the expiry they are about, its window, and recording its price.

use crate::{
    error::BallastError,
    events::{ExpirySettled, SOURCE_AUTHORITY, SOURCE_AVERAGE, SOURCE_FIRST_PRICE, SOURCE_PARTIAL_AVERAGE},
    state::{Exchange, ExpirySlot, Market, EXPIRY_FREE, EXPIRY_LISTED, EXPIRY_SETTLED},
};
use anchor_lang::prelude::*;
use ballast_risk::settlement::{Settlement, SettlementRefusal, Source, Window};

/// The settlement window of an expiry.
pub(super) fn window(exchange: &Exchange, expiry: &ExpirySlot) -> Window {
    Window { expiry_ts: expiry.expiry_ts, window_secs: exchange.params.window_secs }
}

/// An expiry that awaits its settlement price. Errors: [`BallastError::ExpiryNotListed`],
/// [`BallastError::AlreadySettled`].
pub(super) fn awaiting(market: &mut Market, expiry_slot: u8) -> Result<&mut ExpirySlot> {
    let expiry = market.expiry_mut(expiry_slot)?;
    require!(expiry.status != EXPIRY_FREE, BallastError::ExpiryNotListed);
    require!(expiry.status == EXPIRY_LISTED, BallastError::AlreadySettled);
    Ok(expiry)
}

/// Records the settlement price, once, and says so.
pub(super) fn record(
    (market, expiry_slot): (u8, u8),
    expiry: &mut ExpirySlot,
    settlement: &Settlement,
    first_price_e8: u64,
    now: i64,
) {
    expiry.status = EXPIRY_SETTLED;
    expiry.settled_e8 = settlement.price_e8;
    expiry.settled_at = now;
    emit!(ExpirySettled {
        market,
        expiry_slot,
        expiry_ts: expiry.expiry_ts,
        settled_e8: settlement.price_e8,
        source: source_code(settlement.source),
        covered_secs: settlement.weight_secs,
        first_price_e8,
    });
}

const fn source_code(source: Source) -> u8 {
    match source {
        Source::Average => SOURCE_AVERAGE,
        Source::FirstPrice => SOURCE_FIRST_PRICE,
        Source::PartialAverage => SOURCE_PARTIAL_AVERAGE,
        Source::Authority => SOURCE_AUTHORITY,
    }
}

impl From<SettlementRefusal> for BallastError {
    fn from(refusal: SettlementRefusal) -> Self {
        match refusal {
            SettlementRefusal::OutsideWindow => Self::OutsideWindow,
            SettlementRefusal::NotNewer => Self::SampleNotNewer,
            SettlementRefusal::NotExpired => Self::NotExpired,
            SettlementRefusal::NotFirstPrice => Self::NotFirstPrice,
            SettlementRefusal::TooEarly => Self::SettlementTooEarly,
            SettlementRefusal::NoSamples => Self::SettlementNoSamples,
            SettlementRefusal::HasAverage => Self::SettlementHasAverage,
            SettlementRefusal::Price => Self::EnginePrice,
        }
    }
}
