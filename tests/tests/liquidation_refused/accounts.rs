//! Accounts of the liquidation instructions that are missing, too many, misplaced, locked or not what they say.

use crate::{
    pit::{
        fall::{asking, fallen, flagged, Fall, WHOLE_E9},
        price_account,
    },
    scene::{plant, read_only, refuse_impostors, replaced, unsigned, Refuses, SOL},
};
use anchor_lang::{error::ErrorCode, prelude::AccountMeta, solana_program::instruction::Instruction};
use ballast::{error::BallastError, ID};
use ballast_harness::Sent;
use ballast_sdk::pda;
use solana_keypair::Keypair;

/// One of the three instructions of a liquidation, with who signs it and how many accounts have names.
struct Step {
    fall: Fall,
    instruction: Instruction,
    signer: Keypair,
    named: usize,
}

/// Flag, slice and end of a victim who holds SOL too: remaining accounts are BTC, its price, SOL, its price.
fn steps() -> [Step; 3] {
    let scene = |flag: bool| {
        let mut fall = crate::pit::fall::sold();
        fall.world.fund(&fall.victim, "SOL", SOL).expect("collateral");
        fall.drop(5);
        if flag {
            fall.world.flag(&fall.victim).expect("a flag");
        }
        fall
    };
    let (flag, slice, end) = (scene(false), scene(true), scene(true));
    let crank = |fall: &Fall| fall.world.crank.insecure_clone();
    let taker = slice.taker.key.insecure_clone();
    [
        Step { instruction: flag.flag_instruction(), signer: crank(&flag), named: 3, fall: flag },
        Step { instruction: slice.slice_instruction(asking(WHOLE_E9)), signer: taker, named: 4, fall: slice },
        Step { instruction: end.end_instruction(), signer: crank(&end), named: 2, fall: end },
    ]
}

impl Step {
    fn send(&mut self, instruction: &Instruction) -> Sent {
        self.fall.world.send(std::slice::from_ref(instruction), &[&self.signer])
    }

    #[track_caller]
    fn refuse_at(&mut self, instruction: &Instruction, reason: BallastError, position: usize) {
        let rejected = self.send(instruction).refuses(reason);
        assert_eq!(rejected.account, Some(format!("remaining_accounts[{position}]")));
    }
}

/// Goal: a missing account is named by its place. Method: each step with none to three of its four.
#[test]
fn a_missing_account_is_named() {
    for mut step in steps() {
        for left in 0..4 {
            let mut short = step.instruction.clone();
            short.accounts.truncate(step.named + left);
            step.refuse_at(&short, BallastError::AccountMissing, left);
        }
    }
}

/// Goal: an account nobody needs is named by its place. Method: the ETH market at the end of each step.
#[test]
fn an_extra_account_is_named() {
    for mut step in steps() {
        let mut long = step.instruction.clone();
        long.accounts.push(AccountMeta::new(step.fall.world.markets[1].address, false));
        step.refuse_at(&long, BallastError::AccountExtra, 4);
    }
}

/// Goal: markets and prices come in order, and each is its own. Method: swaps of two, a copy of the market.
#[test]
fn misplaced_accounts_are_named() {
    for mut step in steps() {
        let named = step.named;
        for (one, other, reason, position) in
            [(0, 2, BallastError::WrongMarket, 0), (1, 3, BallastError::OracleWrongFeed, 1)]
        {
            let mut swapped = step.instruction.clone();
            swapped.accounts.swap(named + one, named + other);
            step.refuse_at(&swapped, reason, position);
        }
        let genuine = step.fall.world.markets[0].address;
        let data = step.fall.world.vm.data(&genuine);
        let copy = plant(&mut step.fall.world, "copy", ID, data);
        let spoilt = replaced(&step.instruction, &genuine, &copy);
        step.refuse_at(&spoilt, BallastError::WrongMarket, 0);
    }
}

/// Goal: a price is of its own feed and by Pyth's receivers. Method: another feed's, and the right bytes under another
/// program.
#[test]
fn a_price_is_only_its_own_feeds() {
    for mut step in steps() {
        let genuine = price_account(&step.fall.world, "BTC");
        let forged = step.fall.world.update("BTC").data();
        let forged = plant(&mut step.fall.world, "forged price", ID, forged);
        let eth = price_account(&step.fall.world, "ETH");
        for (other, reason) in
            [(forged, BallastError::OracleWrongOwner), (eth, BallastError::OracleWrongFeed)]
        {
            let spoilt = replaced(&step.instruction, &genuine, &other);
            step.refuse_at(&spoilt, reason, 1);
        }
    }
}

/// Goal: what is written must be writable. Method: each market, the portfolio, and for a slice taker and exchange locked.
#[test]
fn locked_accounts_are_refused() {
    for mut step in steps() {
        for (id, position) in [(0, 0), (2, 2)] {
            let locked = read_only(&step.instruction, &step.fall.world.markets[id].address);
            step.refuse_at(&locked, BallastError::MarketNotWritable, position);
        }
        let locked = read_only(&step.instruction, &step.fall.victim.portfolio());
        step.send(&locked).refuses(ErrorCode::ConstraintMut);
    }
    let [_, mut slice, _] = steps();
    for account in [slice.fall.taker.portfolio(), pda::exchange()] {
        let locked = read_only(&slice.instruction, &account);
        slice.send(&locked).refuses(ErrorCode::ConstraintMut);
    }
}

/// Goal: exchange and portfolios are what they say. Method: every kind of impostor in each place of each step.
#[test]
fn impostors_are_refused() {
    for step in steps() {
        let Step { mut fall, instruction, signer, named } = step;
        let mut genuine = vec![pda::exchange(), fall.victim.portfolio()];
        if named == 4 {
            genuine.push(fall.taker.portfolio());
        }
        for account in genuine {
            refuse_impostors(&mut fall.world, &instruction, &account, &[&signer]);
        }
    }
}

/// Goal: who flags must sign. Method: the signature taken away, somebody else pays.
#[test]
fn a_flag_is_signed() {
    use solana_signer::Signer;
    let mut fall = fallen();
    let crank = fall.world.crank.pubkey();
    let instruction = unsigned(&fall.flag_instruction(), &crank);
    let admin = fall.world.admin.insecure_clone();
    fall.world.send(&[instruction], &[&admin]).refuses(ErrorCode::AccountNotSigner);
    drop(flagged());
}
