// The same client as python_client.py, on the official TypeScript SDK: the same steps, the same results.

import * as acp from "@agentclientprotocol/sdk";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";

const { agent: AGENT, client: CLIENT } = acp.methods;
const CWD = "/";
const [stepsText, separator, program, ...programArguments] = process.argv.slice(2);
if (separator !== "--") throw new Error("usage: typescript_client.mjs STEPS -- COMMAND...");

let events, texts, answer;

function begin(step) {
  [events, texts, answer] = [[], [], step.answer ?? null];
}

function onUpdate({ params: { update } }) {
  events.push(update.toolCallId ? `${update.sessionUpdate} ${update.toolCallId}` : update.sessionUpdate);
  if (update.sessionUpdate === "agent_message_chunk") texts.push(update.content.text);
}

function onPermission({ params }) {
  events.push(`request_permission ${params.toolCall.toolCallId}`);
  const chosen = params.options.find((option) => option.kind === answer);
  return { outcome: chosen ? { outcome: "selected", optionId: chosen.optionId } : { outcome: "cancelled" } };
}

async function prompt(agent, sessionId, step) {
  const turn = agent.request(AGENT.session.prompt, { sessionId, prompt: [{ type: "text", text: step.text }] });
  if (step.cancel) await agent.notify(AGENT.session.cancel, { sessionId });
  const { stopReason } = await turn;
  return { stopReason, text: texts.join(""), events };
}

async function take(agent, sessionId, step) {
  begin(step);
  if (step.do === "new") return agent.request(AGENT.session.new, { cwd: CWD, mcpServers: [] });
  if (step.do === "list") return agent.request(AGENT.session.list, {});
  if (step.do === "load") {
    const response = await agent.request(AGENT.session.load, { cwd: CWD, sessionId, mcpServers: [] });
    return { response, text: texts.join(""), events };
  }
  if (step.do === "prompt") return prompt(agent, sessionId, step);
  throw new Error(`no such step: ${step.do}`);
}

async function drive(agent) {
  const results = [
    await agent.request(AGENT.initialize, {
      protocolVersion: acp.PROTOCOL_VERSION,
      clientCapabilities: {},
      clientInfo: { name: "typescript-sdk-client", version: "1" },
    }),
  ];
  let sessionId = "";
  for (const step of JSON.parse(stepsText)) {
    const refused = (error) => {
      if (!(error instanceof acp.RequestError)) throw error;
      return { error: { code: error.code, message: error.message, data: error.data } };
    };
    const result = await take(agent, sessionId, step).catch(refused);
    sessionId = result.sessionId ?? sessionId;
    results.push(result);
  }
  return results;
}

const child = spawn(program, programArguments, { stdio: ["pipe", "pipe", "inherit"] });
const exited = once(child, "exit");
// Updates are registered first: this SDK may run a later handler's messages before an earlier one's.
const results = await acp
  .client()
  .onNotification(CLIENT.session.update, onUpdate)
  .onRequest(CLIENT.session.requestPermission, onPermission)
  .connectWith(acp.ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout)), drive);
child.stdin.end();
const [code] = await exited;
console.log(JSON.stringify(results));
process.exitCode = code === 0 ? 0 : 1;
