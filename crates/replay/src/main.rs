//! x
fn main() { 
    let name = std::env::args().nth(1).unwrap_or("gap".into());
    let w = match std::env::args().nth(2) { Some(d) => ballast_replay::window::recorded(std::path::Path::new(&d), &name, "").unwrap(), None => ballast_replay::window::synthetic(&name, 1).unwrap() };
    let r = ballast_replay::run::replay(w, &ballast_replay::Arguments::default()).unwrap();
    println!("{}", serde_json::to_string_pretty(&r.figures).unwrap());
}
