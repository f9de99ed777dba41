// Driver of the reference client in top_client.js: the driver protocol on standard input and output.
// What else is printed goes to standard error.
'use strict';

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const { TopClient, TopError, TopFailure } = require('./top_client.js');

const ERROR_MEMBERS = ['code', 'msg', 'sub_code', 'sub_msg', 'request_id'];
let client = null;

function start({ protocol, gateway, app_key, app_secret, session }) {
  if (protocol !== 1) return refusal('this driver speaks protocol 1');
  client = new TopClient(gateway, app_key, app_secret, session);
  return {
    ok: true,
    protocol: 1,
    sdk: { name: 'reference client', version: `1, Node.js ${process.version}`, language: 'Node.js' },
    can: { formats: ['json'], sign_methods: ['md5', 'hmac', 'hmac-sha256'], simplify: true, session: true },
  };
}

async function call(message) {
  const options = {
    signMethod: message.sign_method,
    simplify: message.simplify,
    timeoutMs: message.timeout_ms,
  };
  try {
    // YOUR SDK HERE: it makes this call; `start` sets it up.
    const body = await client.execute(message.method, decoded(message.params), options);
    return { outcome: 'response', body: encoded(body) };
  } catch (error) {
    if (error instanceof TopFailure) return failure(error.kind, error, false);
    if (!(error instanceof TopError)) return failure('client', error, true);
    const given = ERROR_MEMBERS.filter((name) => error.members[name] != null);
    const told = given.map((name) => [name, encoded(error.members[name])]);
    return { outcome: 'error_response', ...Object.fromEntries(told) };
  }
}

const mapped = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

/** A parameter as the client takes it: an integer is a number while that is exact, else a BigInt. */
function decoded(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(decoded);
  if (!('$int' in value)) return mapped(value, decoded);
  const number = Number(value.$int);
  return Number.isSafeInteger(number) ? number : BigInt(value.$int);
}

/** What the client hands over, for the protocol. */
function encoded(value) {
  if (value === undefined) return { $undefined: true };
  if (typeof value === 'bigint' || Number.isInteger(value)) return { $int: BigInt(value).toString() };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $opaque: String(value) };
  if (Array.isArray(value)) return value.map(encoded);
  return value !== null && typeof value === 'object' ? mapped(value, encoded) : value;
}

const line = (error) => `${error}`.replace(/\S+:\/\/\S+/g, '(URL)').replace(/\s+/g, ' ').slice(0, 120);
const refusal = (message) => ({ ok: false, message });
const failure = (kind, error, uncaught) => ({ outcome: 'failure', kind, message: line(error), uncaught });

async function answer(message) {
  if (message.cmd === 'start') return start(message);
  if (message.cmd === 'call' && client) return { seq: message.seq, ...(await call(message)) };
  return refusal(`cannot do ${message.cmd}`);
}

async function main() {
  let rest = ''; // split at \n alone: node:readline would also split at U+2028, which JSON allows
  for await (const piece of process.stdin.setEncoding('utf8')) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const text of lines) {
      let message = {};
      let reply;
      try {
        message = JSON.parse(text);
        if (message.cmd === 'stop') process.exit(0);
        reply = await answer(message);
      } catch (error) {
        reply = refusal(line(error));
      }
      write(`${JSON.stringify(reply)}\n`);
      if (message.cmd === 'start' && !client) process.exit(1);
    }
  }
}

main();
