// Driver for the npm package topSdk (ApiClient), protocol version 1.
//
// What a reader must know:
// - format json and sign_method md5 are fixed inside ApiClient.request; `execute` unwraps the root by
//   its name, so that a simplified or an XML answer would always be undefined.
// - The session has no option of its own: it is passed as one more parameter.
// - The SDK has no timeout, so timeout_ms has nowhere to go. Where it never calls back, neither do we.
// - Its callback's error is TOP's error_response object or, for whatever is no HTTP 200, an Error
//   that bears TOP's code 15. Both tell `code` in one place, so both are an error_response here.
'use strict';

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const { ApiClient } = require('topSdk');
const { name, version } = require('topSdk/package.json');

const ERROR_MEMBERS = ['code', 'msg', 'sub_code', 'sub_msg', 'request_id'];
let client, session;
let escaped = () => {}; // settles the call under way when an exception escapes from the SDK
process.on('uncaughtException', (error) => escaped(error));

function encode(value) {
  if (value === undefined) return { $undefined: true };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Number.isInteger(value) || typeof value === 'bigint') return { $int: BigInt(value).toString() };
  if (Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(encode);
  const type = Object.prototype.toString.call(value).slice(8, -1);
  if (type !== 'Object') return { $opaque: type };
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, encode(child)]));
}

function decode(value) {
  if (value === null || typeof value !== 'object') return value;
  const number = Number(value.$int);
  return Number.isSafeInteger(number) ? number : BigInt(value.$int);
}

const oneLine = (text) => text.replace(/\w+:\/\/\S+/g, '(url)').replace(/\s+/g, ' ').slice(0, 120);

function failure(kind, error, uncaught) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'an error without a code';
  return { outcome: 'failure', kind, message: oneLine(text), uncaught };
}

function outcome(error, response) {
  if (!error) return { outcome: 'response', body: encode(response) };
  if (error.code === undefined) return failure('parse', error, false);
  const given = ERROR_MEMBERS.filter((member) => error[member] !== undefined);
  return { outcome: 'error_response', ...Object.fromEntries(given.map((m) => [m, encode(error[m])])) };
}

function start({ gateway, app_key, app_secret, session: given }) {
  client = new ApiClient({ url: gateway, appkey: app_key, appsecret: app_secret });
  session = given;
  return {
    ok: true, protocol: 1, sdk: { name, version, language: 'Node.js' },
    can: { formats: ['json'], sign_methods: ['md5'], simplify: false, session: true },
  };
}

async function call({ seq, method, params }) {
  const given = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, decode(value)]));
  if (session !== null) given.session = session;
  const settled = await new Promise((settle) => {
    escaped = (error) => settle(() => failure('parse', error, true));
    try {
      client.execute(method, given, (error, response) => settle(() => outcome(error, response)));
    } catch (error) {
      settle(() => failure('client', error, true));
    }
  });
  return { seq, ...settled() };
}

async function answer(line) {
  let request;
  try {
    request = JSON.parse(line);
  } catch {
    return { ok: false, message: 'unreadable line' };
  }
  try {
    if (request.cmd === 'stop') process.exit(0);
    if (request.cmd === 'start') return start(request);
    if (request.cmd === 'call') return await call(request);
    return { ok: false, message: 'unknown cmd' };
  } catch (error) {
    if (request?.cmd === 'start') process.exitCode = 1; // main ends after the reply
    return { ok: false, message: oneLine(`${error}`) };
  }
}

async function main() {
  let rest = ''; // split at \n alone: node:readline would also split at U+2028, which JSON allows
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      write(JSON.stringify(await answer(line)) + '\n');
      if (process.exitCode) process.exit();
    }
  }
  process.exit(0);
}

main();
