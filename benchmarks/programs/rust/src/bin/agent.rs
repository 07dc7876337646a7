//! The agent of the Rust SDK, written as its documentation shows.

use std::sync::atomic::{AtomicUsize, Ordering};

use acp_bench::{AskUsage, Echo, EchoResponse, Usage, parse_stream};
use agent_client_protocol::v1::ConnectionTo;
use agent_client_protocol::v1::schema::{
    AgentCapabilities, CloseSessionRequest, CloseSessionResponse, ContentBlock, ContentChunk,
    InitializeRequest, InitializeResponse, NewSessionRequest, NewSessionResponse, PromptRequest,
    PromptResponse, SessionCapabilities, SessionCloseCapabilities, SessionNotification,
    SessionUpdate, StopReason, TextContent,
};
use agent_client_protocol::{Agent, Client, Result, Stdio, on_receive_request};

static SESSIONS: AtomicUsize = AtomicUsize::new(0);

fn stream(request: &PromptRequest, client: &ConnectionTo<Client>) -> Result<()> {
    let [ContentBlock::Text(prompt)] = request.prompt.as_slice() else {
        return Err(agent_client_protocol::Error::invalid_params());
    };
    let (count, size) = parse_stream(&prompt.text);
    let text = "x".repeat(size);
    for _ in 0..count {
        let chunk = ContentChunk::new(ContentBlock::Text(TextContent::new(text.clone())));
        let update = SessionUpdate::AgentMessageChunk(chunk);
        client.send_notification(SessionNotification::new(request.session_id.clone(), update))?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    Agent
        .v1()
        .name("bench")
        .on_receive_request(
            async move |request: InitializeRequest, responder, _client| {
                let close = SessionCapabilities::new().close(SessionCloseCapabilities::new());
                let capabilities = AgentCapabilities::new().session_capabilities(close);
                responder.respond(
                    InitializeResponse::new(request.protocol_version)
                        .agent_capabilities(capabilities),
                )
            },
            on_receive_request!(),
        )
        .on_receive_request(
            async move |_: NewSessionRequest, responder, _client| {
                let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
                responder.respond(NewSessionResponse::new(format!("session-{number}")))
            },
            on_receive_request!(),
        )
        .on_receive_request(
            async move |_: CloseSessionRequest, responder, _client| {
                responder.respond(CloseSessionResponse::new())
            },
            on_receive_request!(),
        )
        .on_receive_request(
            async move |request: PromptRequest, responder, client| {
                stream(&request, &client)?;
                responder.respond(PromptResponse::new(StopReason::EndTurn))
            },
            on_receive_request!(),
        )
        .on_receive_request(
            async move |request: Echo, responder, _client| {
                responder.respond(EchoResponse {
                    number: request.number,
                    text: request.text,
                })
            },
            on_receive_request!(),
        )
        .on_receive_request(
            async move |_: AskUsage, responder, _client| responder.respond(Usage::now()),
            on_receive_request!(),
        )
        .connect_to(Stdio::new())
        .await
}
