// What is said over the wire and measured, the same as in ../_payloads.py and ../_usage.py: see ../../README.md.

import { readFileSync } from "node:fs";

export const ECHO = "_bench/echo";
export const USAGE = "_bench/usage";
export const CHUNK_BYTES = 16;
export const ROUNDS = 5;
export const MEBIBYTE = 1024 * 1024;
const LINE = "ACP ".repeat(15) + "end\n";

export const asIs = (params) => params;

export function longText(size) {
  return LINE.repeat(size / LINE.length);
}

export function streamCommand(count) {
  return `stream ${count} ${CHUNK_BYTES}`;
}

export function usage() {
  const { user, system } = process.cpuUsage();
  return { cpuNs: (user + system) * 1000, rssBytes: sizeOf("VmRSS"), peakRssBytes: sizeOf("VmHWM") };
}

export function addOwn(other) {
  return Object.fromEntries(Object.entries(usage()).map(([name, own]) => [name, own + other[name]]));
}

function sizeOf(name) {
  if (process.platform !== "linux") return 0;
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
}
