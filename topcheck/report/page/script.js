"use strict";
// Everything can be read without this: it filters, copies, and opens what a link leads to.
(() => {
  const all = (query, root = document) => Array.from(root.querySelectorAll(query));
  const form = document.getElementById("filter");
  const tables = all("table.matrix");
  let entries = null;
  const texts = new Map();
  const text = (entry) => {
    if (!texts.has(entry)) {
      const told = entry.matches("tr") ? entry.cells[0] : entry;
      texts.set(entry, told.textContent.toLowerCase());
    }
    return texts.get(entry);
  };

  function columns(table, side) {
    const sides = table.dataset.sides.split("\n");
    return sides.map((name, at) => (!side || name === side ? at + 1 : 0)).filter(Boolean);
  }

  function inState(entry, state, shown) {
    if (entry.matches("tr")) {
      return shown.get(entry.closest("table")).some((at) => entry.cells[at]?.className === state);
    }
    return entry.dataset.s === state;
  }

  function about(entry, side, shown) {
    if (entry.matches("tr")) return shown.get(entry.closest("table")).length > 0;
    return !entry.matches(".card") || entry.dataset.n.split("\n").includes(side);
  }

  let before = "";
  function hideColumns(shown, side) {
    if (side === before) return;
    before = side;
    for (const table of tables) {
      const kept = new Set(shown.get(table));
      for (const row of table.rows) {
        for (let at = 1; at < row.cells.length; at++) row.cells[at].hidden = !kept.has(at);
      }
    }
  }

  function apply() {
    const asked = { kind: "", state: "", side: "", ...Object.fromEntries(new FormData(form)) };  // what there is one of is not asked
    const words = asked.text.trim().toLowerCase();
    const shown = new Map(tables.map((table) => [table, columns(table, asked.side)]));
    hideColumns(shown, asked.side);
    entries ??= all("table.matrix tbody tr, .ids li, .card");
    const clauses = new Set();
    for (const entry of entries) {
      const fits = (!asked.kind || entry.dataset.k === asked.kind)
        && (!asked.side || about(entry, asked.side, shown))
        && (!asked.state || inState(entry, asked.state, shown))
        && (!words || text(entry).includes(words));
      entry.hidden = !fits;
      if (fits && !entry.matches(".card")) clauses.add(entry);
    }
    const filtered = Boolean(words || asked.kind || asked.state || asked.side);
    for (const group of all("details.group")) {
      const left = all("tbody tr, .ids li", group).filter((entry) => !entry.hidden).length;
      group.hidden = left === 0;
      if (!("was" in group.dataset)) group.dataset.was = group.open ? "open" : "";
      group.open = filtered ? left > 0 && left <= 400 : group.dataset.was === "open";
    }
    let head = null;
    for (const one of all("#findings > h3, #findings > .card")) {
      if (one.matches("h3")) (head = one).hidden = filtered;
      else if (!one.hidden) head.hidden = false;
    }
    form.querySelector("output").textContent = filtered ? `${clauses.size} clauses` : "";
  }

  let timer = 0;
  form?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 120);
  });
  form?.addEventListener("reset", () => setTimeout(apply));
  form?.addEventListener("submit", (event) => event.preventDefault());
  document.documentElement.classList.add("scripted");

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  function open() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let one = target; one; one = one.parentElement) {
      if (one.matches("details")) one.open = true;
      one.hidden = false;
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", open);
  open();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all(".card:not([open]), .card details:not([open], .like)");
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
})();
