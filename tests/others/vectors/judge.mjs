// Judges the vectors of topcheck by what shares no code with it: Ajv, and Node's own cryptography.
//
//   node judge.mjs VECTORS SCHEMAS
//
// VECTORS is a folder that `topcheck vectors` wrote, SCHEMAS the folder of the published schemas.
// A line for each vector that is not as the index says, then a line of counts; exits 1 if any is.

import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";

const [vectors, schemas] = process.argv.slice(2);
const read = (folder, name) => readFileSync(join(folder, name));
const json = (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
const ajv = new Ajv2020({ allErrors: false, strictTypes: false, keywords: ["x-clauses"] });
const compiled = new Map();
const wrong = [];
const counts = { accepted: 0, refused: 0, "beyond a double": 0, signed: 0 };

function schema(name) {
  if (!compiled.has(name)) compiled.set(name, ajv.compile(json(read(schemas, name))));
  return compiled.get(name);
}

// A whole number that this language cannot hold is as good as another one to it.
function isBeyondADouble(text) {
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, "").match(/-?\d{16,}/g) ?? [];
  return numbers.some((digits) => !Number.isSafeInteger(Number(digits)));
}

function judgeMessage(one) {
  const body = read(vectors, one.file);
  let accepted = false;
  try {
    accepted = schema(one.schema)(json(body));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  const expected = one.side === "kept";
  if (accepted === expected) {
    counts[accepted ? "accepted" : "refused"] += 1;
  } else if (accepted && isBeyondADouble(body.toString())) {
    counts["beyond a double"] += 1;
  } else {
    wrong.push(`${one.file}: ${one.clause}, ${one.side}, is ${accepted ? "accepted" : "refused"}`);
  }
}

const digests = {
  md5: (secret, text) => createHash("md5").update(secret + text + secret),
  hmac: (secret, text) => createHmac("md5", secret).update(text),
  "hmac-sha256": (secret, text) => createHmac("sha256", secret).update(text),
};

function judgeSignature(one) {
  const names = Object.keys(one.parameters);
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const text = names.map((name) => name + one.parameters[name]).join("");
  const digest = digests[one.parameters.sign_method](one.secret, text);
  const sign = digest.digest("hex").toUpperCase();
  const sent = new URLSearchParams(read(vectors, one.file).toString());
  const expected = { ...one.parameters, sign };
  const same =
    [...sent].length === Object.keys(expected).length &&
    [...sent].every(([name, value]) => expected[name] === value);
  if (text === one.to_sign && sign === one.sign && same) counts.signed += 1;
  else wrong.push(`${one.file}: the signature over ${text} is ${sign}`);
}

const index = json(read(vectors, "index.json"));
if (!ajv.validate(json(read(vectors, "index.schema.json")), index)) {
  wrong.push(`index.json: ${ajv.errorsText()}`);
}
// of what no schema can see, only what keeps the clause is judged
const judged = index.messages.filter((one) => one.visible || one.side === "kept");
judged.filter((one) => one.schema?.endsWith(".json")).forEach(judgeMessage);
index.signing.forEach(judgeSignature);
wrong.forEach((line) => console.log(line));
console.log(Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(", "));
process.exit(wrong.length ? 1 : 0);
