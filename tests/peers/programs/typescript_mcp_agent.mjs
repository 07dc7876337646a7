// An agent on the official TypeScript SDK that uses the MCP servers of its session inside of ACP. A prompt is what it
// asks of the first: `list`, `call NAME JSON`, or `cancel NAME`, which it gives up as soon as it is told of progress.

import * as acp from "@agentclientprotocol/sdk/unstable";
import { Readable, Writable } from "node:stream";

const { agent: AGENT, client: CLIENT } = acp.methods;
const mcp = new acp.McpOverAcpCaller({ clientInfo: { name: "typescript-sdk-peer", version: "1" } });
const servers = new Map();

async function obey(client, serverId, text) {
  const [word, name, json] = text.split(" ");
  if (word === "list") return await mcp.request(client, serverId, "tools/list", {});
  const told = [];
  const giveUp = new AbortController();
  const params = { name, arguments: JSON.parse(json ?? "{}"), _meta: { progressToken: "token" } };
  const onNotification = (notification) => {
    told.push(notification);
    if (word === "cancel") giveUp.abort();
  };
  try {
    const outcome = await mcp.request(client, serverId, "tools/call", params, { signal: giveUp.signal, onNotification });
    return { ...outcome, told };
  } catch (error) {
    return { code: error.code };
  }
}

acp
  .agent({ name: "typescript-sdk-peer" })
  .onRequest(AGENT.initialize, () => ({
    protocolVersion: acp.PROTOCOL_VERSION,
    agentCapabilities: { mcpCapabilities: { acp: true } },
  }))
  .onRequest(AGENT.session.new, ({ params }) => {
    const sessionId = `session-${servers.size}`;
    servers.set(sessionId, params.mcpServers.filter(acp.isMcpServerAcp)[0].serverId);
    return { sessionId };
  })
  .onNotification(AGENT.mcp.message, mcp.handleNotification)
  .onRequest(AGENT.session.prompt, async ({ params, client }) => {
    const answer = await obey(client, servers.get(params.sessionId), params.prompt[0].text);
    const content = { type: "text", text: JSON.stringify(answer) };
    await client.notify(CLIENT.session.update, {
      sessionId: params.sessionId,
      update: { sessionUpdate: "agent_message_chunk", content },
    });
    return { stopReason: "end_turn" };
  })
  .connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
