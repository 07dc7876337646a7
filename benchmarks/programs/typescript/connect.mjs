// Starting an agent and being its client, for the time of a function.

import * as acp from "@agentclientprotocol/sdk";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";

// Calls `drive` with the context of the connection; the handlers are those of `app`.
export async function withAgent([program, ...programArguments], app, drive) {
  const child = spawn(program, programArguments, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const stream = acp.ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout));
  const result = await app.connectWith(stream, drive);
  child.stdin.end();
  const [code] = await exited;
  if (code !== 0) throw new Error(`the agent ended with status ${code}`);
  return result;
}

export function initialize(agent) {
  return agent.request(acp.methods.agent.initialize, {
    protocolVersion: acp.PROTOCOL_VERSION,
    clientCapabilities: {},
  });
}
