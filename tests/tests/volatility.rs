//! Volatility: feeds and their publishers, V that marks, V* that margins, R that is realised.

mod scene;

#[path = "volatility/feed_init.rs"]
mod feed_init;
#[path = "volatility/limits.rs"]
mod limits;
#[path = "volatility/post.rs"]
mod post;
#[path = "volatility/sources.rs"]
mod sources;
#[path = "volatility/update.rs"]
mod update;
