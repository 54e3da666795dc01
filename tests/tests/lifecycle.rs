//! One life of the clearing house on a full bank: created, traded on, fallen, liquidated, settled, emptied.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{
    constants::EXCHANGE_DEFAULTS,
    instructions::{
        ExchangeInitArgs, ExpiryListArgs, Leg, LiquidateSliceArgs, MarketInitArgs, StrikeListArgs, TradeArgs,
    },
    state::{CorrelationGroup, Exchange, Market, Portfolio},
};
use ballast_harness::{
    feeds,
    invariants::Claims,
    keys::keypair,
    token::SPL_TOKEN,
    world::{price_address, symbol_bytes, MarketSpec, TEN_TENTEN},
    PriceUpdate,
};
use ballast_sdk::{
    instruction::{liquidation, money, portfolio, risk, settlement, setup, trade, Side},
    pda,
    snapshot::Snapshot,
    MarginReport,
};
use ballast_tests::{
    bank::{Bank, Processed},
    Result,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

const USD_E6: u64 = 1_000_000;
const USD_E8: u64 = 100_000_000;
const UNIT_E6: i64 = 1_000_000;
const DAY_SECS: i64 = 86_400;
const WHOLE_E9: u64 = 1_000_000_000;
/// Strikes, dollars.
const PUT: u64 = 100_000;
const CALL: u64 = 130_000;
const SPOT: u64 = 116_000;

/// Who plays, and what is listed.
struct House {
    bank: Bank,
    admin: Keypair,
    market: Keypair,
    publishers: [Keypair; 2],
    mint: Keypair,
    expiry: i64,
}

/// Goal: the whole life on the runtime of a validator: every step goes through, the books balance after each, and at the end
/// every unit of the vault is somebody's. Method: one market, a maker, a seller of a strangle who is liquidated, a
/// liquidator; samples every minute, settlement by the average.
#[tokio::test]
async fn a_whole_life() -> Result<()> {
    let [maker, seller, liquidator] = ["maker", "seller", "liquidator"].map(keypair);
    let mut house = House::open(&[&maker, &seller, &liquidator]).await?;
    for (who, cash) in [(&maker, 500_000), (&seller, 100_000), (&liquidator, 1_000_000)] {
        house.fund(who, cash * USD_E6).await?;
    }
    house.sell_strangle(&maker, &seller).await?;
    let _ = house.check_margin(&seller).await?;
    house.fall(&seller).await?;
    house.liquidate(&seller, &liquidator).await?;
    house.live_to_expiry().await?;
    for who in [&maker, &seller, &liquidator] {
        house.settle(who).await?;
    }
    house.sweep_and_withdraw(&maker).await
}

impl House {
    /// The exchange, a BTC market with its volatility feed, an expiry, two strikes.
    async fn open(traders: &[&Keypair]) -> Result<Self> {
        let [admin, market, mint] = ["admin", "market BTC", "mint USDC"].map(keypair);
        let publishers = ["publisher 1", "publisher 2"].map(keypair);
        let mut funded: Vec<&Keypair> = traders.to_vec();
        funded.extend([&admin, &publishers[0], &publishers[1]]);
        let mut bank = Bank::start(&admin.pubkey(), &funded).await?;
        bank.set_time(TEN_TENTEN).await?;
        bank.create_mint(&admin, &mint, 6).await?;
        let key = admin.pubkey();
        let args = ExchangeInitArgs {
            risk_authority: key,
            guardian: key,
            peg_feed_id: [0; 32],
            params: EXCHANGE_DEFAULTS,
            groups: [CorrelationGroup { rho_e6: 500_000, measure: 0, padding: [0; 7] }; 4],
        };
        bank.send(&[setup::exchange_init(&key, &key, &mint.pubkey(), &SPL_TOKEN, args)], &[&admin]).await?;
        let expiry = TEN_TENTEN + 10 * DAY_SECS;
        let mut house = Self { bank, admin, market, publishers, mint, expiry };
        house.list().await?;
        Ok(house)
    }

    async fn list(&mut self) -> Result<()> {
        let (admin, market) = (self.admin.insecure_clone(), self.market.insecure_clone());
        let (key, address) = (admin.pubkey(), market.pubkey());
        let spec = MarketSpec::btc();
        let args = MarketInitArgs { symbol: symbol_bytes("BTC"), ..spec.args };
        let create = setup::market_create(&key, &key, &address, 1_000_000_000, args);
        self.bank.send(&create, &[&admin, &market]).await?;
        self.bank.know(&[address]);
        let publishers = self.publishers.each_ref().map(|publisher| publisher.pubkey());
        let feed = risk::volatility_feed_init(&key, &key, &address, &publishers, 2);
        let surface = ExpiryListArgs {
            expiry_ts: self.expiry,
            atm_e6: 1_000_000,
            skew_e6: 0,
            curvature_e6: 0,
            basis_e6: 0,
        };
        let strikes_e8 = vec![PUT * USD_E8, CALL * USD_E8];
        let strikes = StrikeListArgs { expiry_slot: 0, expiry_ts: self.expiry, strikes_e8 };
        let list =
            [feed, setup::expiry_list(&key, &address, surface), setup::strike_list(&key, &address, strikes)];
        self.bank.send(&list, &[&admin]).await?;
        self.at(TEN_TENTEN + 1, SPOT).await
    }

    /// At a time the feeds publish: BTC at a price, its volatility unchanged.
    async fn at(&mut self, now: i64, price: u64) -> Result<()> {
        let before = self.bank.now().await?;
        self.bank.set_time(now).await?;
        self.bank.post(PriceUpdate::new(feeds::BTC, price * USD_E8, now).after(before));
        let publishers = self.publishers.each_ref().map(Keypair::insecure_clone);
        let post = |publisher: &Keypair| {
            risk::volatility_post(&publisher.pubkey(), &self.market.pubkey(), 420_000, 4_000, now)
        };
        let posts = publishers.each_ref().map(post);
        self.bank.send(&posts, &[&publishers[0], &publishers[1]]).await?;
        Ok(())
    }

    /// Opens a portfolio and deposits.
    async fn fund(&mut self, who: &Keypair, amount: u64) -> Result<()> {
        let (owner, mint) = (who.pubkey(), self.mint.pubkey());
        let open = portfolio::portfolio_open(&owner, &owner, 0, portfolio::Mode::Cross);
        self.bank.send(&[open], &[who]).await?;
        self.bank.know(&[pda::portfolio(&owner, 0)]);
        let admin = self.admin.insecure_clone();
        let wallet = self.bank.mint_to(&admin, &mint, &owner, amount).await?;
        let (exchange, address) = (self.exchange().await?, pda::portfolio(&owner, 0));
        let deposit = money::deposit(&exchange, &owner, &address, &mint, &wallet, amount)?;
        self.bank.send(&[deposit], &[who]).await?;
        assert_eq!(self.portfolio(&owner).await?.cash_e6, i64::try_from(amount)?);
        Ok(())
    }

    /// The seller sells three strangles to the maker at their marks.
    async fn sell_strangle(&mut self, maker: &Keypair, seller: &Keypair) -> Result<()> {
        let snapshot = self.snapshot().await?;
        let leg = |strike_slot, is_put| Leg {
            market: 0,
            expiry_slot: 0,
            strike_slot,
            is_put,
            qty_e6: -3 * UNIT_E6,
        };
        let legs = vec![leg(0, true), leg(1, false)];
        let mut premium_e6 = 0;
        for leg in &legs {
            let mark_e8 = snapshot.mark_e8(0, 0, leg.strike_slot, leg.is_put)?;
            premium_e6 -= i64::try_from(mark_e8 * 3 / 100)?;
        }
        let deadline = snapshot.now();
        let args = TradeArgs { legs, premium_e6, maker_sequence: None, taker_sequence: None, deadline };
        let (made, taken) = (self.portfolio(&maker.pubkey()).await?, self.portfolio(&seller.pubkey()).await?);
        let (exchange, prices) = (self.exchange().await?, self.bank.price_accounts());
        let trade = trade::trade(&exchange, Side::owner(&made), Side::owner(&taken), &prices, args)?;
        let processed = self.bank.send(&[trade], &[maker, seller]).await?;
        println!("trade {} CU", processed.compute_units);
        Ok(())
    }

    /// The program's report is the SDK's, byte for byte.
    async fn check_margin(&mut self, who: &Keypair) -> Result<MarginReport> {
        let portfolio = self.portfolio(&who.pubkey()).await?;
        let (exchange, prices) = (self.exchange().await?, self.bank.price_accounts());
        let check = risk::margin_check(&exchange, &portfolio, &prices)?;
        let processed = self.send(check, who).await?;
        let report = self.snapshot().await?.margin(&portfolio)?;
        assert_eq!(processed.return_data, bytemuck::bytes_of(&report));
        println!("margin_check {} CU", processed.compute_units);
        Ok(report)
    }

    /// BTC falls to where the seller may be flagged, and the seller is.
    async fn fall(&mut self, seller: &Keypair) -> Result<()> {
        let portfolio = self.portfolio(&seller.pubkey()).await?;
        let prices = self.snapshot().await?.liquidation_prices(&portfolio, 0)?;
        let fallen = prices.below_e8.ok_or("no fall flags the strangle")? / USD_E8 - 500;
        let now = self.bank.now().await?;
        self.at(now + 60, fallen).await?;
        let (exchange, prices) = (self.exchange().await?, self.bank.price_accounts());
        let flag = liquidation::liquidation_start(&exchange, &self.admin.pubkey(), &portfolio, &prices)?;
        let admin = self.admin.insecure_clone();
        let processed = self.send(flag, &admin).await?;
        println!("BTC at {fallen}, liquidation_start {} CU", processed.compute_units);
        assert!(self.portfolio(&seller.pubkey()).await?.is_frozen());
        Ok(())
    }

    /// Slices until the seller is safe again.
    async fn liquidate(&mut self, seller: &Keypair, liquidator: &Keypair) -> Result<()> {
        let fallen = self.bank.posted().map(|update| update.price.unsigned_abs()).max().unwrap_or(0) / USD_E8;
        for slice in 1..=20 {
            let now = self.bank.now().await?;
            self.at(now + 31, fallen).await?;
            let (book, taker) =
                (self.portfolio(&seller.pubkey()).await?, self.portfolio(&liquidator.pubkey()).await?);
            let args = LiquidateSliceArgs {
                fraction_e9: WHOLE_E9,
                fraction_min_e9: 0,
                book_price_min_e6: i64::MIN,
                book_price_max_e6: i64::MAX,
                sequence: Some(book.sequence),
            };
            let (exchange, prices) = (self.exchange().await?, self.bank.price_accounts());
            let take = liquidation::liquidate_slice(&exchange, &book, Side::owner(&taker), &prices, args)?;
            let processed = self.send(take, liquidator).await?;
            println!("liquidate_slice {} CU", processed.compute_units);
            if !self.portfolio(&seller.pubkey()).await?.is_frozen() {
                println!("safe after {slice} slices");
                assert!(self.check_margin(seller).await?.excess_exit_e6 >= 0);
                return Ok(());
            }
        }
        Err("twenty slices were not enough".into())
    }

    /// A sample every minute of the window, then the first price after it.
    async fn live_to_expiry(&mut self) -> Result<()> {
        let admin = self.admin.insecure_clone();
        let mut now = self.expiry - EXCHANGE_DEFAULTS.window_secs;
        while now < self.expiry {
            self.at(now, 104_000).await?;
            let (exchange, prices) = (self.exchange().await?, self.bank.price_accounts());
            self.send(settlement::settlement_sample(&exchange, 0, 0, &prices)?, &admin).await?;
            now += 60;
        }
        self.at(self.expiry, 104_000).await?;
        let first = Some(price_address(&feeds::BTC));
        let exchange = self.exchange().await?;
        let finalize = settlement::settlement_finalize(&exchange, 0, 0, first)?;
        self.send(finalize, &admin).await?;
        assert_eq!(self.market().await?.expiries[0].settled_e8, 104_000 * USD_E8);
        Ok(())
    }

    /// Lines become cash; both options of a strangle end worthless between its strikes.
    async fn settle(&mut self, who: &Keypair) -> Result<()> {
        let before = self.portfolio(&who.pubkey()).await?;
        let (exchange, market) = (self.exchange().await?, self.market().await?);
        let settle = settlement::settle_portfolio(&exchange, &before, [market.as_ref()])?;
        let admin = self.admin.insecure_clone();
        self.send(settle, &admin).await?;
        let after = self.portfolio(&who.pubkey()).await?;
        assert_eq!((after.line_count, after.cash_e6), (0, before.cash_e6));
        Ok(())
    }

    /// Fees become insurance, a fifth of the vault goes home, and what is left is somebody's to the unit.
    async fn sweep_and_withdraw(&mut self, who: &Keypair) -> Result<()> {
        let admin = self.admin.insecure_clone();
        let exchange = self.exchange().await?;
        self.send(money::fees_sweep(&exchange, 0)?, &admin).await?;
        let (owner, mint) = (who.pubkey(), self.mint.pubkey());
        let wallet = pda::associated_token(&owner, &mint, &SPL_TOKEN);
        let (exchange, portfolio) = (self.exchange().await?, self.portfolio(&owner).await?);
        let amount = self.tokens(&exchange.quote_vault).await? / 5;
        let prices = self.bank.price_accounts();
        let withdraw = money::withdraw(&exchange, &portfolio, &prices, &mint, &wallet, amount)?;
        self.send(withdraw, who).await?;
        assert_eq!(self.tokens(&wallet).await?, amount);
        let books = self.bank.books().await?.ok_or("an exchange")?;
        let claims = Claims::of(&books);
        assert_eq!((claims.escrow_e6, claims.fees_e6), (0, 0));
        assert!(claims.insurance_e6 > 0);
        assert_eq!(claims.total_e6(), i128::from(books.quote_vault));
        Ok(())
    }

    async fn send(&mut self, instruction: Instruction, signer: &Keypair) -> Result<Processed> {
        self.bank.send(&[instruction], &[signer]).await
    }

    async fn tokens(&mut self, account: &Pubkey) -> Result<u64> {
        let data = self.bank.data(account).await?;
        let amount = data.get(64..72).ok_or("no token account")?;
        Ok(u64::from_le_bytes(amount.try_into()?))
    }

    async fn exchange(&mut self) -> Result<Box<Exchange>> {
        self.bank.stored(&pda::exchange()).await
    }

    async fn market(&mut self) -> Result<Box<Market>> {
        let address = self.market.pubkey();
        self.bank.stored(&address).await
    }

    async fn portfolio(&mut self, owner: &Pubkey) -> Result<Box<Portfolio>> {
        self.bank.stored(&pda::portfolio(owner, 0)).await
    }

    /// The exchange at this moment with the prices posted.
    async fn snapshot(&mut self) -> Result<Snapshot> {
        let (exchange, market, now) = (self.exchange().await?, self.market().await?, self.bank.now().await?);
        let mut snapshot = Snapshot::new(&exchange, [market.as_ref()], now);
        for update in self.bank.posted() {
            snapshot.set_price_update(&update.feed_id, &update.data())?;
        }
        Ok(snapshot)
    }
}
