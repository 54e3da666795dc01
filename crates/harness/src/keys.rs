//! Keys by name: the same name is the same key in every run, so addresses, bumps and compute units repeat.

use solana_keypair::Keypair;

/// The key of a name. Anyone can make it: for the in-process VM only.
#[must_use]
pub fn keypair(name: &str) -> Keypair {
    // FNV-1a of the name, spread over 32 bytes by SplitMix64.
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut secret = [0; 32];
    for chunk in secret.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        chunk.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    Keypair::new_from_array(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_signer::Signer;

    /// Goal: names tell keys apart, and a name is one key. Method: compare.
    #[test]
    fn a_name_is_a_key() {
        assert_eq!(keypair("alice").pubkey(), keypair("alice").pubkey());
        assert_ne!(keypair("alice").pubkey(), keypair("bob").pubkey());
    }
}
