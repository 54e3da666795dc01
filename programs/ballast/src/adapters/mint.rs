//! Which mints may be listed: every extension is known to be harmless, or refused with its own reason.

use crate::error::BallastError;
use anchor_lang::prelude::*;
use anchor_spl::token_2022::spl_token_2022::{
    extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
    state::Mint,
};

/// Refuses a mint whose rules could hide, block, seize or redirect what a vault holds. Transfer fees are allowed:
/// deposits are credited as received. `mint` must already be known to belong to a token program.
pub fn require_mint_allowed(mint: &AccountInfo) -> Result<()> {
    if *mint.owner == anchor_spl::token::ID {
        return Ok(());
    }
    let data = mint.try_borrow_data()?;
    let state = StateWithExtensions::<Mint>::unpack(&data)?;
    // An extension that the token program's own interface does not name yet is not known to be harmless.
    let extensions = state.get_extension_types().map_err(|_| error!(BallastError::MintExtensionUnknown))?;
    for extension in extensions {
        if let Some(refusal) = refusal(extension) {
            return Err(refusal.into());
        }
    }
    Ok(())
}

/// Why a mint with this extension is refused; none for those that change nothing a vault relies on.
fn refusal(extension: ExtensionType) -> Option<BallastError> {
    match extension {
        ExtensionType::Uninitialized
        | ExtensionType::TransferFeeConfig
        | ExtensionType::InterestBearingConfig
        | ExtensionType::ScaledUiAmount
        | ExtensionType::MetadataPointer
        | ExtensionType::TokenMetadata
        | ExtensionType::GroupPointer
        | ExtensionType::TokenGroup
        | ExtensionType::GroupMemberPointer
        | ExtensionType::TokenGroupMember => None,
        ExtensionType::TransferHook => Some(BallastError::MintTransferHook),
        ExtensionType::ConfidentialTransferMint
        | ExtensionType::ConfidentialTransferFeeConfig
        | ExtensionType::ConfidentialMintBurn => Some(BallastError::MintConfidential),
        ExtensionType::NonTransferable => Some(BallastError::MintNonTransferable),
        ExtensionType::PermanentDelegate => Some(BallastError::MintPermanentDelegate),
        ExtensionType::DefaultAccountState => Some(BallastError::MintDefaultFrozen),
        ExtensionType::Pausable => Some(BallastError::MintPausable),
        ExtensionType::MintCloseAuthority => Some(BallastError::MintCloseable),
        _ => Some(BallastError::MintExtensionUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each dangerous extension has its own reason and transfer fees pass. Method: the whole list.
    #[test]
    fn dangerous_extensions_are_refused() {
        let number = |extension| refusal(extension).map(u32::from);
        assert_eq!(number(ExtensionType::TransferFeeConfig), None);
        assert_eq!(number(ExtensionType::TransferHook), Some(u32::from(BallastError::MintTransferHook)));
        assert_eq!(
            number(ExtensionType::ConfidentialTransferMint),
            Some(u32::from(BallastError::MintConfidential))
        );
        assert_eq!(
            number(ExtensionType::ConfidentialMintBurn),
            Some(u32::from(BallastError::MintConfidential))
        );
        assert_eq!(
            number(ExtensionType::NonTransferable),
            Some(u32::from(BallastError::MintNonTransferable))
        );
        assert_eq!(
            number(ExtensionType::PermanentDelegate),
            Some(u32::from(BallastError::MintPermanentDelegate))
        );
        assert_eq!(
            number(ExtensionType::DefaultAccountState),
            Some(u32::from(BallastError::MintDefaultFrozen))
        );
        assert_eq!(number(ExtensionType::Pausable), Some(u32::from(BallastError::MintPausable)));
        assert_eq!(number(ExtensionType::MintCloseAuthority), Some(u32::from(BallastError::MintCloseable)));
        // An extension of token accounts has no business on a mint.
        assert_eq!(number(ExtensionType::MemoTransfer), Some(u32::from(BallastError::MintExtensionUnknown)));
    }
}
