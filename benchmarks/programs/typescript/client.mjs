// The client of the official TypeScript SDK: the same workloads and the same report as ../_client.py.

import * as acp from "@agentclientprotocol/sdk";
import { isDeepStrictEqual } from "node:util";
import { CHUNK_BYTES, ECHO, MEBIBYTE, ROUNDS, USAGE, longText, streamCommand, usage } from "./bench.mjs";
import { initialize, withAgent } from "./connect.mjs";

const { agent: AGENT, client: CLIENT } = acp.methods;
const BURST = 1000;
const [workload, operationsText, warmUpText, ...command] = process.argv.slice(2);
const [operations, warmUp] = [Number(operationsText), Number(warmUpText)];
const characters = new Map();

function check(actual, expected, what) {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what}: ${JSON.stringify(actual)}`);
}

async function open(agent) {
  const { sessionId } = await agent.request(AGENT.session.new, { cwd: "/", mcpServers: [] });
  characters.set(sessionId, 0);
  return sessionId;
}

async function close(agent, sessionId) {
  await agent.request(AGENT.session.close, { sessionId });
  characters.delete(sessionId);
}

async function prompt(agent, sessionId, text, expected) {
  characters.set(sessionId, 0);
  await agent.request(AGENT.session.prompt, { sessionId, prompt: [{ type: "text", text }] });
  check(characters.get(sessionId), expected, "characters");
}

async function echo(agent, number) {
  const params = { number, text: "hello" };
  check(await agent.request(ECHO, params), params, "echo");
}

async function echoOneByOne(agent, _sessionId, count) {
  for (let number = 0; number < count; number++) await echo(agent, number);
}

async function echoInBursts(agent, _sessionId, count) {
  for (let start = 0; start < count; start += BURST) {
    const size = Math.min(BURST, count - start);
    await Promise.all(Array.from({ length: size }, (_, number) => echo(agent, start + number)));
  }
}

async function promptOneByOne(agent, sessionId, count) {
  for (let number = 0; number < count; number++) await prompt(agent, sessionId, "now", 0);
}

async function stream(agent, sessionId, count) {
  if (count) await prompt(agent, sessionId, streamCommand(count), count * CHUNK_BYTES);
}

function longPrompts(size) {
  return async (agent, sessionId, count) => {
    for (let number = 0; number < count; number++) await prompt(agent, sessionId, longText(size), 0);
  };
}

async function manySessions(agent, _sessionId, count) {
  const sessions = [];
  for (let number = 0; number < count; number++) sessions.push(await open(agent));
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(sessions.map((id) => prompt(agent, id, streamCommand(ROUNDS), ROUNDS * CHUNK_BYTES)));
  }
  for (const sessionId of sessions) await close(agent, sessionId);
}

async function openAndClose(agent, _sessionId, count) {
  for (let number = 0; number < count; number++) await close(agent, await open(agent));
}

const OPERATIONS = {
  a1: echoOneByOne,
  a2: promptOneByOne,
  b1: echoInBursts,
  c: stream,
  c2: stream,
  "d-1MiB": longPrompts(MEBIBYTE),
  "d-10MiB": longPrompts(10 * MEBIBYTE),
  f: manySessions,
  g: openAndClose,
};

function app() {
  return acp.client({ name: "bench" }).onNotification(CLIENT.session.update, ({ params }) => {
    const { sessionId, update } = params;
    characters.set(sessionId, characters.get(sessionId) + update.content.text.length);
  });
}

async function ends(agent) {
  return { agent: await agent.request(USAGE, {}), client: usage() };
}

class Meter {
  wallNs = 0;
  cpuNs = 0;

  start() {
    [this.wall, this.cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  }

  stop() {
    const { user, system } = process.cpuUsage(this.cpu);
    this.wallNs += Number(process.hrtime.bigint() - this.wall);
    this.cpuNs += (user + system) * 1000;
  }
}

function report(meter, agentCpuNs, before, after) {
  return {
    operations,
    wallNs: meter.wallNs,
    clientCpuNs: meter.cpuNs,
    agentCpuNs,
    clientPeakRssBytes: after.client.peakRssBytes,
    clientGrowthBytes: after.client.peakRssBytes - before.client.peakRssBytes,
    agentRssBytes: after.agent.rssBytes,
    agentPeakRssBytes: after.agent.peakRssBytes,
    agentGrowthBytes: after.agent.peakRssBytes - before.agent.peakRssBytes,
  };
}

async function measure(agent) {
  await initialize(agent);
  const sessionId = await open(agent);
  const operate = OPERATIONS[workload];
  const meter = new Meter();
  await operate(agent, sessionId, warmUp);
  const before = await ends(agent);
  meter.start();
  await operate(agent, sessionId, operations);
  meter.stop();
  const after = await ends(agent);
  await close(agent, sessionId);
  return report(meter, after.agent.cpuNs - before.agent.cpuNs, before, after);
}

async function measureOpenings() {
  const meter = new Meter();
  let [agentCpuNs, last] = [0, null];
  for (let number = -warmUp; number < operations; number++) {
    if (number >= 0) meter.start();
    await withAgent(command, app(), async (agent) => {
      await initialize(agent);
      if (number < 0) return;
      meter.stop();
      last = await ends(agent);
      agentCpuNs += last.agent.cpuNs;
    });
  }
  return report(meter, agentCpuNs, last, last);
}

console.log(JSON.stringify(await (workload === "e-spawn" ? measureOpenings() : withAgent(command, app(), measure))));
