//! Pyth's feed ids of the assets the scenarios use. They are the real ones.

/// BTC/USD.
pub const BTC: [u8; 32] = id(b"e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43");
/// ETH/USD.
pub const ETH: [u8; 32] = id(b"ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace");
/// SOL/USD.
pub const SOL: [u8; 32] = id(b"ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d");
/// USDC/USD.
pub const USDC: [u8; 32] = id(b"eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a");
/// USDT/USD.
pub const USDT: [u8; 32] = id(b"2b89b9dc8fdf9f34709a5b106b472f0f39bb6ca9ce04b0fd7f2e971688e2e53b");

/// The 32 bytes of 64 hexadecimal digits.
const fn id(digits: &[u8; 64]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < 32 {
        bytes[at] = digit(digits[2 * at]) << 4 | digit(digits[2 * at + 1]);
        at += 1;
    }
    bytes
}

const fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        b'a'..=b'f' => character - b'a' + 10,
        _ => panic!("a lower-case hexadecimal digit"),
    }
}
