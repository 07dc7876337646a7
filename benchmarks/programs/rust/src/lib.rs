//! What is said over the wire and measured, the same as in `../_payloads.py` and `../_usage.py`: see `../../README.md`.

use agent_client_protocol::{JsonRpcRequest, JsonRpcResponse};
use serde::{Deserialize, Serialize};

pub const CHUNK_BYTES: usize = 16;
pub const ROUNDS: usize = 5;
pub const BURST: usize = 1000;
pub const MEBIBYTE: usize = 1024 * 1024;

#[derive(Clone, Debug, Serialize, Deserialize, JsonRpcRequest)]
#[request(method = "_bench/echo", response = EchoResponse)]
pub struct Echo {
    pub number: usize,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonRpcResponse)]
pub struct EchoResponse {
    pub number: usize,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonRpcRequest)]
#[request(method = "_bench/usage", response = Usage)]
pub struct AskUsage {}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonRpcResponse)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub cpu_ns: u64,
    pub rss_bytes: u64,
    pub peak_rss_bytes: u64,
}

impl Usage {
    /// What this process has used so far, from `/proc`; memory is 0 elsewhere.
    pub fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let size = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            number.unwrap_or(0) * 1024
        };
        Self {
            cpu_ns: cpu_ns(),
            rss_bytes: size("VmRSS:"),
            peak_rss_bytes: size("VmHWM:"),
        }
    }
}

/// CPU of all threads, those that have ended too.
fn cpu_ns() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call fills in the struct that it is given.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the clock is there on every Unix");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A prompt of that many bytes, in lines of 64.
pub fn long_text(size: usize) -> String {
    let line = "ACP ".repeat(15) + "end\n";
    line.repeat(size / line.len())
}

pub fn stream_command(count: usize) -> String {
    format!("stream {count} {CHUNK_BYTES}")
}

/// How many updates of how many bytes a prompt asks for.
pub fn parse_stream(text: &str) -> (usize, usize) {
    let mut words = text.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("stream"), Some(count), Some(size)) => {
            (count.parse().unwrap_or(0), size.parse().unwrap_or(0))
        }
        _ => (0, 0),
    }
}
