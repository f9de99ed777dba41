// Looks at each report in Chromium, and says what is wrong with it; exit code 1 if anything is.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { FLAGS } from "./flags.mjs";

const [, , executablePath, folder, ...only] = process.argv;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
// Pages of thousands of cells open in so many milliseconds; axe would take minutes over each.
const LARGE = ["big", "broken", "spoiled-slow", "spoiled-size"], OPENS_WITHIN = 2000, MOST_BYTES = 5e6;
/** What must be seen of each page that is wrong, and nothing else. */
const SPOILED = {
  request: /asks for/, script: /planted/, label: /axe: label:/, contrast: /axe: color-contrast:/, width: /too wide/,
  slow: /opens in/, size: /has \d+ bytes/, cover: /stand over/, cut: /in two/,
};
/** Of a page of more pixels no picture can be taken. */
const TALLEST = 15000;

/** Opens a page; returns it with what it did that it must not. */
async function opened(context, name, hash = "") {
  const page = await context.newPage(), wrong = [];
  const url = `file://${join(folder, name)}.html`;
  page.on("request", (request) => {
    if (request.url() !== url && request.url() !== url + hash) wrong.push(`asks for ${request.url()}`);
  });
  page.on("dialog", (dialog) => { wrong.push(`says ${dialog.message()}`); dialog.dismiss(); });
  page.on("pageerror", (error) => wrong.push(`fails: ${error.message}`));
  await page.goto(url + hash, { timeout: 60000 });
  return { page, wrong };
}

async function looked(browser, name, scheme, size) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme });
  const { page, wrong } = await opened(context, name);
  await page.screenshot({ path: join(folder, `${name}-${scheme}-${size}.png`) });
  const found = await page.evaluate(() => ({
    planted: typeof window.planted, scripts: document.scripts.length, ids: document.querySelectorAll("main").length,
    width: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  if (found.planted !== "undefined") wrong.push("runs what was planted");
  if (found.scripts !== 1 || found.ids !== 1) wrong.push("is not one page");
  if (found.width > 0) wrong.push(`is ${found.width} pixels too wide`);
  if (!LARGE.includes(name)) {
    await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) wrong.push(`is ${wide} pixels too wide, once it is unfolded`);
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    if (tall < TALLEST) {
      await page.screenshot({ path: join(folder, `${name}-${scheme}-${size}-whole.png`), fullPage: true });
    }
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    for (const one of violations) {
      wrong.push(`axe: ${one.id}: ${one.nodes[0].html.slice(0, 120)} (${one.nodes.length}): ${one.nodes[0].failureSummary.slice(0, 200)}`);
    }
  }
  await context.close();
  return wrong.map((words) => `${name} ${scheme} ${size}: ${words}`);
}

/** What a reader without a mouse reaches, and what the filters do. */
async function byKeyboard(browser, name) {
  const context = await browser.newContext({ viewport: SIZES.desktop });
  const { page, wrong } = await opened(context, name);
  const reached = new Set();
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => {
      const one = document.activeElement;
      return one.name || one.className || one.localName;
    }));
  }
  for (const wanted of ["skip", "text", "kind", "state", "side", "copy", "summary", "scroll tall", "a"]) {
    if (!reached.has(wanted)) wrong.push(`nobody reaches ${wanted} by Tab: ${[...reached]}`);
  }
  const closed = page.locator(".card:not([open]) > summary").first();
  const card = await closed.evaluateHandle((one) => one.parentElement);
  await closed.focus();
  await page.keyboard.press("Enter");
  if (!(await card.evaluate((one) => one.open))) wrong.push("Enter opens no card");
  const rows = () => page.evaluate(() =>
    Array.from(document.querySelectorAll("table.matrix tbody tr")).filter((row) => !row.hidden).length);
  const all = await rows();
  for (const [filter, value] of [["text", "exact"], ["kind", "sdk"], ["state", "b"], ["side", "go"]]) {
    const field = page.locator(`[name=${filter}]`);
    await field.focus();
    if (filter === "text") await page.keyboard.type(value); else await field.selectOption(value);
    await page.waitForTimeout(300);
    const left = await rows();
    if (!(left > 0 && left < all)) wrong.push(`the filter ${filter} leaves ${left} of ${all}`);
    const heads = await page.evaluate(() => Array.from(document.querySelectorAll("#findings > h3, #findings > .card"))
      .filter((one) => one.checkVisibility()).map((one) => one.localName).join(" "));
    if (/h3( h3|$)/.test(heads)) wrong.push(`the filter ${filter} leaves a heading of nothing`);
    await page.locator("button[type=reset]").press("Enter");
    await page.waitForTimeout(300);
    if (await rows() !== all) wrong.push(`${filter} is not undone`);
  }
  await page.locator("button.copy").first().press("Enter");
  await page.waitForTimeout(100);
  if (await page.locator("button.copy").first().textContent() !== "Copied") wrong.push("copies nothing");
  await context.close();
  return wrong.map((words) => `${name} keyboard: ${words}`);
}

/** What stands over what a link leads to, and which options of a command are cut in two. */
async function legible(browser, name) {
  const context = await browser.newContext({ viewport: SIZES.desktop });
  const { page, wrong } = await opened(context, name);
  for (const hash of ["#findings", "#c1", "#L12"]) {
    await page.evaluate((one) => { location.hash = one; }, hash);
    await page.waitForTimeout(100);
    const [under, top] = await page.evaluate((one) => [
      document.querySelector("#filter").getBoundingClientRect().bottom,
      document.querySelector(one).getBoundingClientRect().top], hash);
    if (top < under) wrong.push(`the filters stand over ${hash}`);
  }
  const cut = await page.evaluate(() => Array.from(document.querySelectorAll(".command code span"))
    .filter((one) => one.checkVisibility() && (one.getClientRects().length > 1 || one.offsetHeight > 30))
    .map((one) => one.textContent));
  if (cut.length) wrong.push(`cuts ${cut[0]} in two`);
  await context.close();
  return wrong.map((words) => `${name}: ${words}`);
}

/** Without scripts: all is there, and a link opens what it leads to. */
async function withoutScript(browser, name) {
  const context = await browser.newContext({ viewport: SIZES.desktop, javaScriptEnabled: false });
  const { page, wrong } = await opened(context, name, "#c3");
  if (await page.locator("#filter").isVisible()) wrong.push("shows filters that do nothing");
  if (await page.locator("button.copy").first().isVisible()) wrong.push("shows buttons that do nothing");
  if (!(await page.locator("#c3").isVisible())) wrong.push("a link does not open what it leads to");
  await context.close();
  return wrong.map((words) => `${name} without script: ${words}`);
}

async function printed(browser, name) {
  const context = await browser.newContext({ colorScheme: "dark" });
  const { page, wrong } = await opened(context, name);
  const pdf = await page.pdf({ path: join(folder, `${name}.pdf`), format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } });
  const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) || []).length;
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  await page.screenshot({ path: join(folder, `${name}-print.png`) });
  if (pages < 2) wrong.push(`is printed on ${pages} pages`);
  await context.close();
  return wrong.map((words) => `${name} printed: ${words}`);
}

/** How long it takes until a page is painted, in milliseconds: the best of three, others run too. */
async function opensIn(browser, name) {
  const times = [];
  for (let tries = 0; tries < 3; tries++) {
    const context = await browser.newContext({ viewport: SIZES.desktop });
    const { page } = await opened(context, name);
    times.push(await page.evaluate(() => new Promise((done) => {
      requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    })));
    await context.close();
  }
  const best = Math.round(Math.min(...times));
  console.log(`${name} opens in ${best} ms`);
  return best < OPENS_WITHIN ? [] : [`${name}: opens in ${best} ms`];
}

const profile = mkdtempSync(join(tmpdir(), "page-check-"));
const browser = await chromium.launch({ executablePath, args: [...FLAGS, `--disk-cache-dir=${profile}`] });
const wrong = [];
try {
  const names = readdirSync(folder).filter((name) => name.endsWith(".html")).map((name) => name.slice(0, -5));
  for (const name of names.filter((one) => !only.length || only.includes(one))) {
    const spoiled = name.startsWith("spoiled-"), found = [];
    for (const scheme of spoiled ? ["light"] : ["light", "dark"]) {
      for (const size of spoiled ? ["phone"] : Object.keys(SIZES)) {
        found.push(...await looked(browser, name, scheme, size));
      }
    }
    if (LARGE.includes(name)) found.push(...await opensIn(browser, name));
    const bytes = statSync(join(folder, `${name}.html`)).size;
    if (bytes >= MOST_BYTES) found.push(`${name}: has ${bytes} bytes`);
    if (name === "states" || spoiled) found.push(...await legible(browser, name));
    if (spoiled) {
      const one = SPOILED[name.slice("spoiled-".length)];
      if (!found.length) wrong.push(`${name}: nobody saw what is wrong with it`);
      else if (!found.every((words) => one.test(words))) wrong.push(`${name}: what is seen is ${found}`);
      else console.log(`${name} is seen: ${found[0].split("\n")[0]}`);
      continue;
    }
    wrong.push(...found);
    if (!LARGE.includes(name)) wrong.push(...await printed(browser, name));
    if (name === "states") {
      wrong.push(...await byKeyboard(browser, name), ...await withoutScript(browser, name));
    }
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
for (const words of wrong) console.error(words);
console.log(wrong.length ? `${wrong.length} things are wrong` : `nothing is wrong; pictures: ${folder}`);
process.exitCode = wrong.length ? 1 : 0;
