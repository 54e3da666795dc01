//! Prints what a file of bytes means to a target, from the folder above:
//! `cargo run --manifest-path fuzz/Cargo.toml --no-default-features --example show -- book FILE`.

use ballast_fuzz::inputs::{Arguments, Book, House, SeriesCase};
use ballast_fuzz::made_from;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, file] = arguments.as_slice() else { return Err("usage: show TARGET FILE".into()) };
    let data = std::fs::read(file)?;
    match target.as_str() {
        "book" => println!("{:#?}", made_from::<Book>(&data)),
        "house" => println!("{:#?}", made_from::<House>(&data)),
        "series" => println!("{:#?}", made_from::<SeriesCase>(&data)),
        "money" => println!("{:#?}", made_from::<Arguments>(&data)),
        _ => return Err(format!("no target is called {target}").into()),
    }
    Ok(())
}
