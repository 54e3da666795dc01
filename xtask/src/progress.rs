//! Named steps on standard error, with how long each took.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often a step that prints nothing of its own shows that it is alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// Does `work` under a heading; says when it is done and after how long, and names it if it fails.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    note(&format!("{name} ..."));
    let started = Instant::now();
    let result = work().with_context(|| format!("{name}: failed"))?;
    note(&format!("{name}: {}", seconds(started.elapsed())));
    Ok(result)
}

/// As `step`, for work that prints nothing for minutes: says now and then how long it has been.
pub fn patient_step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let (done, watched) = mpsc::channel::<()>();
    let started = Instant::now();
    let label = name.to_owned();
    let watcher = thread::spawn(move || {
        while watched.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
            note(&format!("{label}: still at it after {}", seconds(started.elapsed())));
        }
    });
    let result = step(name, work);
    drop(done);
    // The watcher only prints; that it ended badly would change nothing.
    let _ = watcher.join();
    result
}

/// One line to the person who waits.
pub fn note(text: &str) {
    eprintln!("xtask: {text}");
}

/// A duration as a reader wants it: tenths of seconds below a minute, then minutes and seconds.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(seconds(Duration::from_millis(1_260)), "1.3 s");
        assert_eq!(seconds(Duration::from_secs(61)), "1 min 01 s");
        assert_eq!(seconds(Duration::from_secs(600)), "10 min 00 s");
    }
}
