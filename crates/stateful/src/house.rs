//! A world in which steps happen.

use crate::{
    action::Action,
    judge::{self, Failure, Landmark},
    known::Known,
    script::{Flaw, Publication, Start, Step},
};
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::state::{CorrelationGroup, MEASURE_EXPECTED_SHORTFALL};
use ballast_harness::{
    feeds,
    keys::keypair,
    pyth::VerificationLevel,
    token::{create_mint, create_mint_2022, mint_tokens, Extension, Token},
    vm::StartError,
    world::{price_address, CollateralSpec, MarketSpec, TEN_TENTEN},
    PriceUpdate, Sent, Trader, World,
};
use ballast_sdk::instruction::portfolio::Mode;
use solana_signer::Signer;
use std::{rc::Rc, sync::Arc};

/// Actors: each trades, stakes, liquidates, buys, with keys of their own.
pub const ACTORS: u8 = 8;
/// Portfolios there can be: two an actor, the first of which are open from the start.
pub const BOOKS: u8 = 16;
/// Collateral assets: listed from the start, and those that may come.
const COINS: [&str; 4] = ["SOL", "FEE", "COIN", "NEW"];
/// Quote currency in every wallet at the start, 1e-6.
const QUOTE: u64 = 20_000_000_000_000;
/// Collateral in every wallet at the start, base units.
const COLLATERAL: u64 = 1_000_000_000_000_000;
/// Lamports of who pays where nobody signs.
const LAMPORTS: u64 = 1_000_000_000_000;
/// What the last actor's wallets hold in an extreme world.
const FORTUNE: u64 = 1 << 61;

/// A world, who acts in it, and since when.
pub struct House {
    /// The world.
    pub world: World,
    /// What it began with.
    pub start: Start,
    actors: Rc<Vec<Trader>>,
    tokens: Rc<Vec<Token>>,
    known: Rc<Known>,
}

/// What a step came to.
#[derive(Debug, Default)]
pub struct Came {
    /// Names of the instructions asked for.
    pub asked: Vec<&'static str>,
    /// What the transaction came to, if there was one.
    pub sent: Option<Sent>,
    /// Places worth reaching that were reached.
    pub landmarks: Vec<Landmark>,
    /// How far beyond the exit test a slice took its owner, millionths of initial margin.
    pub overshoot_e6: Option<i64>,
}

impl House {
    /// A world at its beginning: three markets with feeds, SOL and a token with a transfer fee as collateral, eight actors
    /// with full wallets and an empty portfolio each.
    ///
    /// # Errors
    /// The program's binary is missing or does not load.
    pub fn open(start: Start) -> Result<Self, StartError> {
        let mut world = World::bare(TEN_TENTEN)?;
        world.vm.without_signatures();
        world.vm.airdrop(&payer(), LAMPORTS);
        let mut args = world.exchange_args();
        args.groups[1] =
            CorrelationGroup { rho_e6: 400_000, measure: MEASURE_EXPECTED_SHORTFALL, padding: [0; 7] };
        if start.peg {
            args.peg_feed_id = feeds::USDC;
            world.post(PriceUpdate::new(feeds::USDC, 100_000_000, TEN_TENTEN));
        }
        world.create_exchange(args)?;
        for spec in [MarketSpec::btc(), MarketSpec::eth(), MarketSpec::sol()] {
            world.add_market(&spec)?;
        }
        let actors: Vec<Trader> = (0..ACTORS).map(|at| world.trader(&format!("actor {at}"))).collect();
        let tokens = tokens(&mut world)?;
        for (spec, token) in [sol(), fee()].iter().zip(&tokens[1..]) {
            world.add_collateral_of(spec, *token)?;
        }
        for (at, actor) in actors.iter().enumerate() {
            world.open(actor, Mode::Cross)?;
            for (asset, token) in tokens.iter().enumerate() {
                let rich = start.extreme && at + 1 == actors.len();
                let usual = if asset == 0 { QUOTE } else { COLLATERAL };
                let admin = world.admin.insecure_clone();
                let amount = if rich { FORTUNE } else { usual };
                mint_tokens(&mut world.vm, &admin, token, &actor.pubkey(), amount)?;
            }
        }
        let (actors, tokens, known) = (Rc::new(actors), Rc::new(tokens), Rc::new(Known::default()));
        let mut house = Self { world, start, actors, tokens, known };
        house.known = Rc::new(Known::of(&house));
        Ok(house)
    }

    /// The same house once more, to live another life in.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            world: self.world.fork(),
            start: self.start,
            actors: Rc::clone(&self.actors),
            tokens: Rc::clone(&self.tokens),
            known: Rc::clone(&self.known),
        }
    }

    /// Seconds since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> i64 {
        self.world.vm.now() - TEN_TENTEN
    }

    /// A moment so many seconds after the beginning, unix seconds.
    #[must_use]
    pub fn moment(&self, at: i64) -> i64 {
        TEN_TENTEN.saturating_add(at)
    }

    /// The key of an actor.
    #[must_use]
    pub fn key(&self, actor: u8) -> Pubkey {
        self.actors[usize::from(actor % ACTORS)].pubkey()
    }

    /// Owner and index of a portfolio: every actor has one of the first half and one of the second.
    #[must_use]
    pub fn trader(&self, book: u8) -> Trader {
        let book = book % BOOKS;
        self.actors[usize::from(book % ACTORS)].with_index(u16::from(book / ACTORS))
    }

    /// Assets there are: the quote currency, then collateral listed or to be listed.
    #[must_use]
    pub fn assets(&self) -> u8 {
        1 + u8::try_from(COINS.len()).unwrap_or(0)
    }

    /// An asset's token.
    #[must_use]
    pub fn token(&self, asset: u8) -> Token {
        self.tokens[usize::from(asset) % self.tokens.len()]
    }

    /// Feeds there are: of the markets, of collateral without a market, of the quote currency.
    pub fn feeds(&self) -> impl Iterator<Item = [u8; 32]> {
        [feeds::BTC, feeds::ETH, feeds::SOL, numbered_feed(1), numbered_feed(2), feeds::USDT, feeds::USDC]
            .into_iter()
    }

    /// The listing of the next collateral asset.
    #[must_use]
    pub fn next_collateral(&self) -> Option<(CollateralSpec, Token)> {
        let specs = [sol(), fee(), coin("COIN", numbered_feed(2)), coin("NEW", feeds::USDT)];
        let at = self.world.collaterals.len();
        specs.get(at).map(|spec| (spec.clone(), self.tokens[at + 1]))
    }

    /// Performs a step.
    ///
    /// # Errors
    /// What should never happen did.
    pub fn perform(&mut self, step: &Step) -> Result<Came, Box<Failure>> {
        match step {
            Step::Pass(secs) => self.world.vm.advance((*secs).clamp(0, 1 << 27)),
            Step::Publish(publication) => self.publish(publication),
            Step::Refresh => self.world.refresh_prices(),
            Step::Do(action) => return self.send(std::slice::from_ref(action), |_, _| true, false),
            Step::Together(actions) => return self.send(actions, |_, _| true, false),
            Step::Misplaced { action, place, with } => {
                let known = Rc::clone(&self.known);
                let misplace = |house: &mut Self, instructions: &mut [Instruction]| {
                    let last = instructions.last_mut();
                    last.is_some_and(|last| known.misplace(house, last, *place, *with))
                };
                return self.send(std::slice::from_ref(action), misplace, false);
            }
            Step::Unsigned { action, signer } => {
                let unsign = |_: &mut Self, instructions: &mut [Instruction]| unsign(instructions, *signer);
                return self.send(std::slice::from_ref(action), unsign, true);
            }
            Step::Tamper { book, cash } => self.tamper(*book, *cash),
        }
        Ok(Came::default())
    }

    /// Builds and sends a transaction. `spoil` changes it first, and says whether there is anything left to send;
    /// `unsigned` says that it must be refused.
    fn send(
        &mut self,
        actions: &[Action],
        spoil: impl FnOnce(&mut Self, &mut [Instruction]) -> bool,
        unsigned: bool,
    ) -> Result<Came, Box<Failure>> {
        let mut came = Came::default();
        let built: Result<Vec<_>, _> = actions.iter().map(|action| self.build(action)).collect();
        let Ok(mut instructions) = built.map(|parts| parts.concat()) else { return Ok(came) };
        if instructions.is_empty() || !spoil(self, &mut instructions) {
            return Ok(came);
        }
        came.asked = actions.iter().map(Action::name).collect();
        let mut metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let payer = metas.find(|meta| meta.is_signer).map_or_else(payer, |meta| meta.pubkey);
        let sent = self
            .world
            .attempt(&instructions, &payer)
            .map_err(|breach| Failure::of_breach(&breach, &came.asked))?;
        judge::judge(self, actions, &sent, unsigned, &mut came)?;
        if sent.is_ok() {
            self.note_listings(actions);
        }
        came.sent = Some(sent);
        Ok(came)
    }

    /// What was listed is known to the world from now on.
    fn note_listings(&mut self, actions: &[Action]) {
        for action in actions {
            match action {
                Action::CollateralAdd { .. } => {
                    if let Some((spec, token)) = self.next_collateral() {
                        let (symbol, feed_id) = (spec.symbol, spec.feed_id);
                        self.world.collaterals.push(ballast_harness::world::Collateral {
                            symbol,
                            feed_id,
                            token,
                        });
                    }
                }
                Action::MarketInit { vol } => {
                    let spec = self.next_market(*vol);
                    let publishers = self.world.markets[0].publishers.clone();
                    self.world.markets.push(ballast_harness::world::ListedMarket {
                        symbol: spec.symbol.clone(),
                        address: keypair(&format!("market {}", spec.symbol)).pubkey(),
                        feed_id: spec.args.feed_id,
                        publishers,
                        posted_vol_e6: *vol,
                    });
                }
                _ => {}
            }
        }
    }

    fn publish(&mut self, publication: &Publication) {
        let all: Vec<[u8; 32]> = self.feeds().collect();
        let at = usize::from(publication.feed) % all.len();
        let (feed_id, now) = (all[at], self.world.vm.now());
        let time = now.saturating_sub(publication.age);
        let mut update = PriceUpdate {
            price: publication.price,
            ema_price: publication.ema,
            conf: publication.conf,
            ema_conf: publication.conf,
            ..PriceUpdate::new(feed_id, 1, now)
        };
        update.publish_time = time;
        update.prev_publish_time = time.saturating_sub(publication.gap);
        match publication.flaw {
            Flaw::None | Flaw::Short => {}
            Flaw::Owner => update.owner = ballast::ID,
            Flaw::Unverified => update.level = VerificationLevel::Partial { num_signatures: 12 },
            Flaw::OtherFeed => update.feed_id = all[(at + 1) % all.len()],
        }
        self.world.post_as(feed_id, update);
        if publication.flaw == Flaw::Short {
            let mut account = update.account();
            account.data.truncate(100);
            self.world.vm.set_account(price_address(&feed_id), account);
        }
    }

    fn tamper(&mut self, book: u8, cash: i64) {
        const CASH_OFFSET: usize = 8 + std::mem::offset_of!(ballast::state::Portfolio, cash_e6);
        let address = self.trader(book).portfolio();
        let Some(mut account) = self.world.vm.account(&address) else { return };
        if let Some(field) = account.data.get_mut(CASH_OFFSET..CASH_OFFSET + 8) {
            let was = i64::from_le_bytes(field.try_into().expect("eight bytes"));
            field.copy_from_slice(&was.saturating_add(cash).to_le_bytes());
            self.world.vm.set_account(address, account);
        }
    }
}

/// Who pays where nobody signs. Has no other role, so that paying is never taken for signing.
fn payer() -> Pubkey {
    keypair("payer").pubkey()
}

/// Takes the signature of one of those who must sign.
fn unsign(instructions: &mut [Instruction], signer: u8) -> bool {
    let Some(last) = instructions.last() else { return false };
    let keys: Vec<Pubkey> =
        last.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
    let Some(key) = keys.get(usize::from(signer) % keys.len().max(1)) else { return false };
    // Who signs in one place of a transaction signs in all.
    let metas = instructions.iter_mut().flat_map(|instruction| &mut instruction.accounts);
    metas.filter(|meta| meta.pubkey == *key).for_each(|meta| meta.is_signer = false);
    true
}

/// The quote currency and the coins, whose mints are there from the start.
fn tokens(world: &mut World) -> Result<Vec<Token>, StartError> {
    let admin = world.admin.insecure_clone();
    let mut tokens = vec![world.quote];
    for (name, decimals) in COINS.into_iter().zip([9, 6, 8, 6]) {
        let mint = Arc::new(keypair(&format!("mint {name}")));
        tokens.push(match name {
            "FEE" => {
                let fee = Extension::TransferFee { basis_points: 100, maximum: u64::MAX };
                create_mint_2022(&mut world.vm, &admin, &mint, decimals, &[fee])?
            }
            _ => create_mint(&mut world.vm, &admin, &mint, decimals)?,
        });
    }
    Ok(tokens)
}

fn sol() -> CollateralSpec {
    CollateralSpec { haircut_e6: 100_000, exempt: 5, ..CollateralSpec::sol() }
}

/// Collateral with a transfer fee, of the feed of a market that is listed later.
fn fee() -> CollateralSpec {
    CollateralSpec { soft_cap: 200_000, ..CollateralSpec::new("FEE", numbered_feed(1), 10_000_000_000, 6) }
}

fn coin(symbol: &str, feed_id: [u8; 32]) -> CollateralSpec {
    CollateralSpec::new(symbol, feed_id, 100_000_000, 8)
}

fn numbered_feed(number: u8) -> [u8; 32] {
    MarketSpec::numbered(number).args.feed_id
}
