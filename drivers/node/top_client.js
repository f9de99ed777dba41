// A short reference client of the Taobao Open Platform (TOP), by Node.js's own modules alone. They
// read no XML, so this client asks for JSON.
'use strict';

const crypto = require('node:crypto');
const http = require('node:http');
const https = require('node:https');

const GATEWAY_ZONE = 8 * 60 * 60 * 1000; // TOP's clock is GMT+8, wherever this runs
const MAX_LENGTH = 2 ** 20; // of an answer, in bytes

/** The gateway answered with an error_response, whose members these are. */
class TopError extends Error {
  constructor(members) {
    super('TOP answers with an error');
    this.members = members;
  }
}

/** There is no answer to hand over: timeout, connection, http, parse or client. */
class TopFailure extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** Calls one gateway for one app. */
class TopClient {
  constructor(gateway, appKey, appSecret, session = null) {
    Object.assign(this, { gateway, appKey, appSecret, session });
  }

  /**
   * Calls a method; a parameter that is null is not sent. Resolves to the whole document, whose
   * integers are BigInt; rejects with TopError or TopFailure. Nothing is tried twice.
   */
  async execute(method, params, { signMethod = 'md5', simplify = false, timeoutMs = 10000 } = {}) {
    const sent = {};
    for (const [name, value] of Object.entries(params)) {
      if (value !== null && value !== undefined) sent[name] = textOf(value);
    }
    const timestamp = new Date(Date.now() + GATEWAY_ZONE).toISOString().slice(0, 19).replace('T', ' ');
    Object.assign(sent, { method, app_key: this.appKey, timestamp, format: 'json', v: '2.0' });
    sent.sign_method = signMethod;
    if (this.session !== null) sent.session = this.session;
    if (simplify) sent.simplify = 'true';
    sent.sign = sign(sent, this.appSecret, signMethod);

    const { status, body } = await post(this.gateway, `${new URLSearchParams(sent)}`, timeoutMs);
    let document = null;
    let unreadable = 'the answer has another root';
    try {
      document = readJson(body);
    } catch (error) {
      unreadable = `the answer is not JSON: ${error.message}`;
    }
    const found = isObject(document) ? document : {};
    if (isObject(found.error_response)) throw new TopError(found.error_response); // whatever the status
    if (status !== 200) throw new TopFailure('http', `HTTP status ${status}`);
    const root = `${method.replace(/^taobao\./, '').replaceAll('.', '_')}_response`;
    const rootless = simplify && document === found && !('error_response' in found);
    if (!rootless && !isObject(found[root])) throw new TopFailure('parse', unreadable);
    return document;
  }
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Writes a parameter: an object, and a list of them, as JSON, a list of others with commas. */
function textOf(value) {
  if (typeof value !== 'object') return String(value);
  const plain = Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object');
  return plain ? value.map(String).join(',') : writeJson(value);
}

/** Signs names and raw values, in the byte order of the names. */
function sign(sent, secret, signMethod) {
  const names = Object.keys(sent).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const text = names.map((name) => name + sent[name]).join('');
  const hashes = {
    md5: () => crypto.createHash('md5').update(secret + text + secret),
    hmac: () => crypto.createHmac('md5', secret).update(text),
    'hmac-sha256': () => crypto.createHmac('sha256', secret).update(text),
  };
  if (!Object.hasOwn(hashes, signMethod)) throw new TopFailure('client', `no sign method ${signMethod}`);
  return hashes[signMethod]().digest('hex').toUpperCase();
}

/** Sends a form once; the time limits the whole call. A connection of its own, no redirect. */
async function post(gateway, form, timeoutMs) {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' };
  const options = { method: 'POST', agent: false, signal, headers };
  const { request } = gateway.startsWith('https:') ? https : http;
  try {
    const response = await new Promise((resolve, reject) => {
      request(gateway, options, resolve).on('error', reject).end(form);
    });
    let body = Buffer.alloc(0);
    for await (const piece of response) {
      body = Buffer.concat([body, piece]);
      if (body.length > MAX_LENGTH) break;
    }
    return { status: response.statusCode, body };
  } catch (error) {
    if (signal.aborted) throw new TopFailure('timeout', 'no whole answer in time');
    if (error.code === 'ERR_INVALID_URL') throw new TopFailure('client', 'the gateway is no address');
    throw new TopFailure('connection', error.message);
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const INTEGER = /^-?\d+$/;

/** Reads JSON of UTF-8, with or without a mark. JSON.parse rounds integers: here each is a BigInt. */
function readJson(body) {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  JSON.parse(text); // refuses what is no JSON
  const tagged = text.replace(TOKEN, (token) => (INTEGER.test(token) ? `{"$int":"${token}"}` : token));
  return JSON.parse(tagged, (_, value) => (isObject(value) && '$int' in value ? BigInt(value.$int) : value));
}

/** Writes JSON; a BigInt is a number of it. */
function writeJson(value) {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(writeJson).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${writeJson(v)}`).join()}}`;
}

module.exports = { TopClient, TopError, TopFailure };
