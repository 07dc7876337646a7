// A proxy that changes nothing, made of the official TypeScript SDK, which has none: an agent that is a client of the
// agent behind it. It adds what it has used to what the agent says that it has used.

import * as acp from "@agentclientprotocol/sdk";
import { Readable, Writable } from "node:stream";
import { ECHO, USAGE, addOwn, asIs } from "./bench.mjs";
import { withAgent } from "./connect.mjs";

const { agent: AGENT, client: CLIENT } = acp.methods;
let front;

const outwards = acp
  .client({ name: "bench-proxy" })
  .onNotification(CLIENT.session.update, ({ params }) => front.client.notify(CLIENT.session.update, params));

await withAgent(process.argv.slice(2), outwards, async (back) => {
  const app = acp.agent({ name: "bench-proxy" });
  for (const method of [AGENT.initialize, AGENT.session.new, AGENT.session.close, AGENT.session.prompt]) {
    app.onRequest(method, ({ params }) => back.request(method, params));
  }
  app.onRequest(ECHO, asIs, ({ params }) => back.request(ECHO, params));
  app.onRequest(USAGE, asIs, async ({ params }) => addOwn(await back.request(USAGE, params)));
  front = app.connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
  await front.closed;
});
