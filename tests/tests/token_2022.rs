//! Token-2022: transfer fees credited as received, and the mints that are refused when they are listed.

mod scene;

#[path = "token_2022/listing.rs"]
mod listing;
#[path = "token_2022/transfer_fee.rs"]
mod transfer_fee;
