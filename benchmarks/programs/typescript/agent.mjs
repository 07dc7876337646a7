// The agent of the official TypeScript SDK, written as its documentation shows.

import * as acp from "@agentclientprotocol/sdk";
import { Readable, Writable } from "node:stream";
import { ECHO, USAGE, asIs, usage } from "./bench.mjs";

const { agent: AGENT, client: CLIENT } = acp.methods;
let sessions = 0;

async function prompt({ params, client }) {
  const [word, count, size] = params.prompt[0].text.split(" ", 3);
  if (word === "stream") {
    const content = { type: "text", text: "x".repeat(Number(size)) };
    for (let number = 0; number < Number(count); number++) {
      await client.notify(CLIENT.session.update, {
        sessionId: params.sessionId,
        update: { sessionUpdate: "agent_message_chunk", content },
      });
    }
  }
  return { stopReason: "end_turn" };
}

acp
  .agent({ name: "bench" })
  .onRequest(AGENT.initialize, () => ({
    protocolVersion: acp.PROTOCOL_VERSION,
    agentCapabilities: { sessionCapabilities: { close: {} } },
  }))
  .onRequest(AGENT.session.new, () => ({ sessionId: `session-${++sessions}` }))
  .onRequest(AGENT.session.close, () => ({}))
  .onRequest(AGENT.session.prompt, prompt)
  .onRequest(ECHO, asIs, ({ params }) => params)
  .onRequest(USAGE, asIs, () => usage())
  .connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
