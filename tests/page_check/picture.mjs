// Takes a picture of the first screen of a report.
import { chromium } from "playwright-core";
import { FLAGS } from "./flags.mjs";

const [, , executablePath, file, out] = process.argv;
const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1180, height: 900 }, colorScheme: "light" });
await page.goto(`file://${file}`);
await page.screenshot({ path: out });
await browser.close();
