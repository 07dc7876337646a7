//! The client of the Rust SDK: the same workloads and the same report as `../_client.py`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use acp_bench::{
    AskUsage, BURST, CHUNK_BYTES, Echo, EchoResponse, MEBIBYTE, ROUNDS, Usage, long_text,
    stream_command,
};
use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::ConnectionTo;
use agent_client_protocol::v1::schema::{
    CloseSessionRequest, ContentBlock, InitializeRequest, NewSessionRequest, PromptRequest,
    SessionId, SessionNotification, SessionUpdate, TextContent,
};
use agent_client_protocol::{
    AcpAgent, AcpAgentConfig, Agent, Client, Error, Result, on_receive_notification,
};
use futures::future::try_join_all;

/// How many characters of agent text have come for each open session.
type Characters = Arc<Mutex<HashMap<SessionId, usize>>>;

struct Task {
    workload: String,
    operations: usize,
    warm_up: usize,
    command: Vec<String>,
}

impl Task {
    fn from_arguments() -> Self {
        let mut arguments = std::env::args().skip(1);
        let mut next = || {
            arguments
                .next()
                .expect("WORKLOAD OPERATIONS WARM-UP AGENT ARG...")
        };
        Self {
            workload: next(),
            operations: next().parse().expect("operations are a number"),
            warm_up: next().parse().expect("warm-up is a number"),
            command: arguments.collect(),
        }
    }
}

#[derive(Default)]
struct Meter {
    wall_ns: u64,
    client_cpu_ns: u64,
    agent_cpu_ns: u64,
}

#[derive(Clone, Copy)]
struct Ends {
    client: Usage,
    agent: Usage,
}

fn wrong(what: &str) -> Error {
    Error::internal_error().data(what)
}

fn check(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(wrong(what)) }
}

/// An initialized agent.
#[derive(Clone)]
struct Peer {
    agent: ConnectionTo<Agent>,
    characters: Characters,
}

impl Peer {
    async fn initialize(&self) -> Result<()> {
        self.agent
            .send_request(InitializeRequest::new(ProtocolVersion::V1))
            .block_task()
            .await?;
        Ok(())
    }

    async fn ends(&self) -> Result<Ends> {
        let agent = self.agent.send_request(AskUsage {}).block_task().await?;
        Ok(Ends {
            agent,
            client: Usage::now(),
        })
    }

    async fn open(&self) -> Result<SessionId> {
        let session = self
            .agent
            .send_request(NewSessionRequest::new("/"))
            .block_task()
            .await?
            .session_id;
        self.characters.lock().unwrap().insert(session.clone(), 0);
        Ok(session)
    }

    async fn close(&self, session: &SessionId) -> Result<()> {
        self.agent
            .send_request(CloseSessionRequest::new(session.clone()))
            .block_task()
            .await?;
        self.characters.lock().unwrap().remove(session);
        Ok(())
    }

    async fn prompt(&self, session: &SessionId, text: String, expected: usize) -> Result<()> {
        self.characters.lock().unwrap().insert(session.clone(), 0);
        let prompt = vec![ContentBlock::Text(TextContent::new(text))];
        self.agent
            .send_request(PromptRequest::new(session.clone(), prompt))
            .block_task()
            .await?;
        check(
            self.characters.lock().unwrap()[session] == expected,
            "characters",
        )
    }

    async fn echo(&self, number: usize) -> Result<()> {
        let request = Echo {
            number,
            text: "hello".into(),
        };
        let EchoResponse { number: same, text } =
            self.agent.send_request(request).block_task().await?;
        check(same == number && text == "hello", "echo")
    }

    async fn many_sessions(&self, count: usize) -> Result<()> {
        let mut sessions = Vec::with_capacity(count);
        for _ in 0..count {
            sessions.push(self.open().await?);
        }
        for _ in 0..ROUNDS {
            let turns = sessions
                .iter()
                .map(|session| self.prompt(session, stream_command(ROUNDS), ROUNDS * CHUNK_BYTES));
            try_join_all(turns).await?;
        }
        for session in &sessions {
            self.close(session).await?;
        }
        Ok(())
    }

    async fn operate(&self, workload: &str, session: &SessionId, count: usize) -> Result<()> {
        match workload {
            "a1" => {
                for number in 0..count {
                    self.echo(number).await?;
                }
            }
            "a2" => {
                for _ in 0..count {
                    self.prompt(session, "now".into(), 0).await?;
                }
            }
            "b1" => {
                for start in (0..count).step_by(BURST) {
                    try_join_all((start..count.min(start + BURST)).map(|number| self.echo(number)))
                        .await?;
                }
            }
            "c" | "c2" if count > 0 => {
                self.prompt(session, stream_command(count), count * CHUNK_BYTES)
                    .await?
            }
            "c" | "c2" => {}
            "d-1MiB" | "d-10MiB" => {
                let text = long_text(if workload == "d-1MiB" {
                    MEBIBYTE
                } else {
                    10 * MEBIBYTE
                });
                for _ in 0..count {
                    self.prompt(session, text.clone(), 0).await?;
                }
            }
            "f" => self.many_sessions(count).await?,
            "g" => {
                for _ in 0..count {
                    self.close(&self.open().await?).await?;
                }
            }
            _ => return Err(wrong("no such workload")),
        }
        Ok(())
    }
}

async fn with_agent<T>(task: &Task, drive: impl AsyncFnOnce(Peer) -> Result<T>) -> Result<T> {
    let mut config = AcpAgentConfig::new(&task.command[0]);
    for argument in &task.command[1..] {
        config = config.arg(argument);
    }
    let characters = Characters::default();
    let counted = characters.clone();
    Client
        .v1()
        .name("bench")
        .on_receive_notification(
            async move |notification: SessionNotification, _agent| {
                if let SessionUpdate::AgentMessageChunk(chunk) = &notification.update
                    && let ContentBlock::Text(text) = &chunk.content
                {
                    *counted
                        .lock()
                        .unwrap()
                        .entry(notification.session_id.clone())
                        .or_default() += text.text.len();
                }
                Ok(())
            },
            on_receive_notification!(),
        )
        .connect_with(
            AcpAgent::new(config),
            async move |agent: ConnectionTo<Agent>| drive(Peer { agent, characters }).await,
        )
        .await
}

async fn measure(task: &Task, meter: &mut Meter) -> Result<(Ends, Ends)> {
    with_agent(task, async |peer| {
        peer.initialize().await?;
        let session = peer.open().await?;
        peer.operate(&task.workload, &session, task.warm_up).await?;
        let before = peer.ends().await?;
        let start = Instant::now();
        peer.operate(&task.workload, &session, task.operations)
            .await?;
        meter.wall_ns = start.elapsed().as_nanos() as u64;
        let after = peer.ends().await?;
        meter.client_cpu_ns = after.client.cpu_ns - before.client.cpu_ns;
        meter.agent_cpu_ns = after.agent.cpu_ns - before.agent.cpu_ns;
        peer.close(&session).await?;
        Ok((before, after))
    })
    .await
}

async fn measure_openings(task: &Task, meter: &mut Meter) -> Result<(Ends, Ends)> {
    let mut last = None;
    for number in 0..task.warm_up + task.operations {
        let (start, before) = (Instant::now(), Usage::now());
        let (ends, wall) = with_agent(task, async |peer| {
            peer.initialize().await?;
            let wall = start.elapsed();
            Ok((peer.ends().await?, wall))
        })
        .await?;
        if number >= task.warm_up {
            meter.wall_ns += wall.as_nanos() as u64;
            meter.client_cpu_ns += ends.client.cpu_ns - before.cpu_ns;
            meter.agent_cpu_ns += ends.agent.cpu_ns;
            last = Some(ends);
        }
    }
    let ends = last.ok_or_else(|| wrong("nothing to do"))?;
    Ok((ends, ends))
}

#[tokio::main]
async fn main() -> Result<()> {
    let task = Task::from_arguments();
    let mut meter = Meter::default();
    let (before, after) = match task.workload.as_str() {
        "e-spawn" => measure_openings(&task, &mut meter).await?,
        _ => measure(&task, &mut meter).await?,
    };
    let report = serde_json::json!({
        "operations": task.operations,
        "wallNs": meter.wall_ns,
        "clientCpuNs": meter.client_cpu_ns,
        "agentCpuNs": meter.agent_cpu_ns,
        "clientPeakRssBytes": after.client.peak_rss_bytes,
        "clientGrowthBytes": after.client.peak_rss_bytes - before.client.peak_rss_bytes,
        "agentRssBytes": after.agent.rss_bytes,
        "agentPeakRssBytes": after.agent.peak_rss_bytes,
        "agentGrowthBytes": after.agent.peak_rss_bytes - before.agent.peak_rss_bytes,
    });
    println!("{report}");
    Ok(())
}
