// The same agent as python_agent.py, on the official TypeScript SDK: the same flags, the same prompts.

import * as acp from "@agentclientprotocol/sdk";
import { appendFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({ options: { auth: { type: "boolean" }, journal: { type: "string" } } });
const { agent: AGENT, client: CLIENT } = acp.methods;
const AUTH_METHODS = [
  { id: "token", name: "Access token" },
  { id: "browser", name: "Sign in with a browser" },
];
const OPTIONS = [
  { optionId: "yes", name: "Allow once", kind: "allow_once" },
  { optionId: "no", name: "Reject once", kind: "reject_once" },
];
const sessions = new Map();
let needsAuth = flags.auth ?? false;

function note(line) {
  if (flags.journal) appendFileSync(flags.journal, line + "\n");
}

function update(client, sessionId, content) {
  return client.notify(CLIENT.session.update, { sessionId, update: content });
}

function say(client, sessionId, text) {
  sessions.get(sessionId).said.push(["agent_message_chunk", text]);
  return update(client, sessionId, { sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
}

function announce(client, sessionId) {
  return update(client, sessionId, {
    sessionUpdate: "tool_call",
    toolCallId: "call-1",
    title: "Delete everything",
    kind: "delete",
    status: "pending",
  });
}

async function ask(client, sessionId) {
  const { outcome } = await client.request(CLIENT.session.requestPermission, {
    sessionId,
    toolCall: { toolCallId: "call-1", title: "Delete everything", kind: "delete" },
    options: OPTIONS,
  });
  const chosen = outcome.outcome === "selected" ? outcome.optionId : outcome.outcome;
  const status = chosen === "yes" ? "completed" : "failed";
  await update(client, sessionId, { sessionUpdate: "tool_call_update", toolCallId: "call-1", status });
  await say(client, sessionId, chosen);
}

async function obey(client, sessionId, text) {
  const [word, argument] = text.split(" ");
  if (word === "stream") {
    for (let number = 0; number < Number(argument); number++) await say(client, sessionId, `${number} `);
  } else if (word === "permission") {
    await announce(client, sessionId);
    await ask(client, sessionId);
  } else if (word === "permission-first") {
    await ask(client, sessionId);
    await announce(client, sessionId);
  } else if (word === "wait") {
    const cancelled = new Promise((resolve) => (sessions.get(sessionId).cancel = resolve));
    await say(client, sessionId, "waiting");
    await cancelled;
    return "cancelled";
  } else {
    await say(client, sessionId, text);
  }
  return "end_turn";
}

note(`pid ${process.pid}`);
acp
  .agent({ name: "typescript-sdk-peer" })
  .onRequest(AGENT.initialize, () => ({
    protocolVersion: acp.PROTOCOL_VERSION,
    agentInfo: { name: "typescript-sdk-peer", version: "1" },
    agentCapabilities: { loadSession: true, sessionCapabilities: { list: {} } },
    authMethods: needsAuth ? AUTH_METHODS : [],
  }))
  .onRequest(AGENT.authenticate, ({ params }) => {
    note(`authenticate ${params.methodId}`);
    needsAuth = false;
    return {};
  })
  .onRequest(AGENT.session.new, ({ params }) => {
    if (needsAuth) throw acp.RequestError.authRequired();
    const sessionId = `session-${sessions.size}`;
    sessions.set(sessionId, { cwd: params.cwd, said: [] });
    return { sessionId };
  })
  .onRequest(AGENT.session.load, async ({ params, client }) => {
    for (const [sessionUpdate, text] of sessions.get(params.sessionId).said) {
      await update(client, params.sessionId, { sessionUpdate, content: { type: "text", text } });
    }
    return {};
  })
  .onRequest(AGENT.session.list, ({ params }) => ({
    sessions: [...sessions]
      .map(([sessionId, { cwd }]) => ({ sessionId, cwd }))
      .filter(({ cwd }) => !params.cwd || params.cwd === cwd),
  }))
  .onRequest(AGENT.session.prompt, async ({ params, client }) => {
    const text = params.prompt.map((block) => (block.type === "text" ? block.text : "")).join("");
    const session = sessions.get(params.sessionId);
    session.cancelled = false;
    session.said.push(["user_message_chunk", text]);
    const stopReason = await obey(client, params.sessionId, text);
    return { stopReason: session.cancelled ? "cancelled" : stopReason };
  })
  .onNotification(AGENT.session.cancel, ({ params }) => {
    note(`cancel ${params.sessionId}`);
    const session = sessions.get(params.sessionId);
    if (!session) return;
    session.cancelled = true;
    session.cancel?.();
  })
  .connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
