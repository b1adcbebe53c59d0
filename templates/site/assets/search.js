/* Search over the files below search/, whose shape views/search_index.py explains. Needs no other script. */
"use strict";

const LONGEST = 32, NAME_FILES = 6, TEXT_FILES = 3, STEP = 20;
const LETTERS = {
  "‐": "-", "‑": "-", "‒": "-", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d",
  "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "ς": "σ",
};
const UNSPACED = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff" +
  "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
const WORD = /[\p{L}\p{N}]+(?:[-._/][\p{L}\p{N}]+)*/gu;
const PIECE = /[\p{L}\p{N}]+/gu;
const RUN = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");
const CROWDED = new RegExp(`^[${UNSPACED}]`, "u");

/** A text without case, accents and invisible characters. */
export const fold = (text) => text.normalize("NFKD").toLowerCase()
  .replace(/[\p{M}\p{Cf}ـʻ-ʿ‐-‒ßæœøđðþłıħŧς]/gu, (letter) => LETTERS[letter] ?? "").normalize("NFC");

const cut = (term) => term.length > LONGEST ? [...term].slice(0, LONGEST).join("") : term;
const join = (text) => (text.match(PIECE) || []).join("");

/** The terms of a word, each with whether what begins so is meant too. */
const parts = (word) => word.match(PIECE).flatMap((piece) => piece.match(RUN)).flatMap((run) => {
  const letters = [...run];
  if (!CROWDED.test(run) || letters.length === 1) return [{ term: cut(run), open: true }];
  return letters.slice(1).map((letter, at) => ({ term: letters[at] + letter, open: false }));
});

/** What is asked for: each word as its parts and, where it has several, as one; and all words as one. */
export function parse(question) {
  const folded = fold(question), words = folded.match(WORD) || [];
  const asked = words.map((word) => {
    const all = parts(word), kept = all.filter(({ term }) => term.length > 1 || term > "\x7f");
    const whole = join(word);
    return { parts: kept, whole: whole === word || whole.length < 2 ? "" : cut(whole) };
  });
  const whole = words.length > 1 ? cut(join(folded)) : "";
  return { words: asked.filter((word) => word.parts.length || word.whole), whole };
}

class Index {
  #files = new Map();

  constructor(folder) {
    this.folder = folder;
  }

  read(path) {
    if (!this.#files.has(path)) {
      this.#files.set(path, fetch(this.folder + path).then((answer) => {
        if (!answer.ok) throw new Error(`${answer.status} ${path}`);
        return answer.json();
      }).catch((fault) => {
        this.#files.delete(path);
        throw fault;
      }));
    }
    return this.#files.get(path);
  }

  /** The terms that are, or if `open` begin with, this one, with their lists of keys. */
  async terms(kind, { term, open }, limit) {
    const starts = (await this.read("index.json"))[kind];
    const place = (text) => starts.reduce((at, start, n) => start <= text ? n : at, -1);
    const first = Math.max(place(term), 0), last = open ? place(term + "\uffff") : first;
    const chosen = starts.slice(first, Math.min(last, first + limit - 1) + 1);
    const files = await Promise.all(chosen.map((start) => this.read(`${kind === "names" ? "names" : "text"}/${fileOf(start)}.json`)));
    const found = files.flatMap((file) => Object.entries(file))
      .filter(([text]) => open ? text.startsWith(term) : text === term);
    return { found, whole: last < first + limit };
  }

  async cards(keys) {
    const { digits } = await this.read("index.json");
    const name = (key) => [...key.slice(0, -1)].map((digit) => digits.indexOf(digit)).join("-");
    const files = await Promise.all(keys.map((key) => this.read(`cards/${name(key)}.json`)));
    return keys.map((key, at) => files[at][key.at(-1)]).map((card, at) => card && toCard(keys[at], card))
      .filter(Boolean);
  }
}

const toCard = (key, [title, href, note = "", summary = "", ...names]) => ({ key, title, href, note, summary, names });

/** The name of a file of terms: ASCII as it is, else its UTF-8 in hexadecimal digits. */
const fileOf = (term) => /^[\x00-\x7f]*$/.test(term) ? "-" + term
  : Array.from(new TextEncoder().encode(term), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** How well each thing answers one term: named so, belonging to it, or telling of it; exactly or in part. */
async function weigh(index, asked, onlyNames = false) {
  const { width } = await index.read("index.json");
  const scores = new Map();
  let complete = true;
  const add = (list, score) => {
    if (list.endsWith("+")) complete = false;
    for (let at = 0; at + width <= list.length; at += width) {
      const key = list.slice(at, at + width);
      if (!(scores.get(key) >= score)) scores.set(key, score);
    }
  };
  const open = asked.open && asked.term.length > (asked.term > "\x7f" ? 0 : 1);
  const reads = [index.terms("names", { ...asked, open }, NAME_FILES)];
  if (!onlyNames) reads.push(index.terms("text", { ...asked, open: open && (asked.term.length > 2 || asked.term > "\x7f") }, TEXT_FILES));
  const [names, text] = await Promise.all(reads);
  for (const [term, [named = "", faceted = ""]] of names.found) {
    const exact = term === asked.term;
    add(named, exact ? 8 : 5);
    if (!onlyNames) add(faceted, exact ? 4 : 2);
  }
  for (const [term, [told]] of text ? text.found : []) add(told, term === asked.term ? 2 : 1);
  return { scores, complete: complete && names.whole && (!text || text.whole) };
}

/** What answers all of these: lists that were cut exclude nothing. */
function meet(lists) {
  const whole = lists.filter((list) => list.complete);
  const base = (whole.length ? whole : lists).reduce((a, b) => b.scores.size < a.scores.size ? b : a);
  const scores = new Map();
  for (const key of base.scores.keys()) {
    if (whole.every((list) => list.scores.has(key))) {
      scores.set(key, lists.reduce((sum, list) => sum + (list.scores.get(key) || 0), 0) / lists.length);
    }
  }
  return { scores, complete: whole.length === lists.length };
}

/** Key → score of everything that answers, and whether that is all. */
export async function ask(index, question) {
  const { words, whole } = parse(question);
  if (!words.length) return null;
  const lists = await Promise.all(words.map(async (word) => {
    if (word.whole) {
      const found = await weigh(index, { term: word.whole, open: true });
      if (found.scores.size) return found;
    }
    return word.parts.length ? meet(await Promise.all(word.parts.map((part) => weigh(index, part))))
      : { scores: new Map(), complete: true };
  }));
  const found = meet(lists);
  if (whole) {
    const named = await weigh(index, { term: whole, open: true }, true);
    for (const [key, score] of named.scores) found.scores.set(key, Math.max(found.scores.get(key) || 0, score * 2));
  }
  return found;
}

/** Things by group, best first and of equals the newest; groups that are named so stand first. */
export function arrange(found, { groups, digits }) {
  const last = groups.length - 1, sorted = groups.map((name, at) => ({ name, at, keys: [], dated: at === last, scores: found.scores }));
  for (const key of found.scores.keys()) sorted[Math.min(digits.indexOf(key[0]), last)].keys.push(key);
  for (const group of sorted) {
    group.keys.sort((a, b) => found.scores.get(b) - found.scores.get(a) || (a < b ? 1 : -1));
    group.rank = found.scores.get(group.keys[0]) >= 5 ? 0 : group.dated ? 1 : 2;
  }
  return sorted.filter((group) => group.keys.length).sort((a, b) => a.rank - b.rank || a.at - b.at);
}

const compact = (text) => join(fold(text));

/** Whether a name has all the words of the question, or begins with it; higher is nearer. */
function nearness(name, words, whole) {
  const joined = compact(name);
  if (joined === whole) return 3;
  if (joined.startsWith(whole)) return 2;
  const own = (fold(name).match(WORD) || []).flatMap((word) => [join(word), ...word.match(PIECE)]);
  const has = ({ term }) => own.some((word) => word.startsWith(term)) || joined.includes(term) && term > "\x7f";
  return words.every((word) => word.parts.length && word.parts.every(has)) ? 1 : 0;
}

/** The name under which a card was found, where that is not its title; one that is disputed is less near. */
function matchedName(card, question) {
  const { words } = parse(question), whole = compact(question);
  const names = card.names.map((name) => name.startsWith("?") ? { name: name.slice(1), disputed: true } : { name });
  const weighed = [{ name: "" }, ...names].map((one) => (
    { ...one, near: nearness(one.name || card.title, words, whole) - (one.disputed ? 0.5 : 0) }));
  return weighed.reduce((a, b) => b.near > a.near ? b : a);
}

const make = (tag, className, ...inside) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...inside);
  return element;
};

/** A text in which the words that were asked for are marked. */
function marked(text, terms) {
  const pieces = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const folded = fold(word);
    if (!terms.some((term) => folded.startsWith(term) || term > "\u0e00" && folded.includes(term))) continue;
    pieces.push(text.slice(end, index), make("mark", "", word));
    end = index + word.length;
  }
  return [...pieces, text.slice(end)];
}

class SearchPage {
  #turn = 0;

  constructor(form) {
    this.form = form;
    this.box = form.elements.q;
    this.results = document.getElementById("results");
    this.status = document.getElementById("found");
    this.places = document.getElementById("places");
    this.index = new Index(form.dataset.index);
    this.title = document.title;
  }

  start() {
    let timer = 0;
    this.box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.show("replaceState"), 150);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      this.show("pushState");
    });
    addEventListener("popstate", () => this.restore());
    document.getElementById("main").addEventListener("keydown", (event) => this.walk(event));
    this.restore();
    this.box.focus({ preventScroll: true });
  }

  restore() {
    this.box.value = new URLSearchParams(location.search).get("q") || "";
    this.show();
  }

  async show(remember) {
    const turn = ++this.#turn, question = this.box.value.trim();
    if (remember) {
      const address = question ? "?q=" + encodeURIComponent(question) : location.pathname;
      if (address !== (location.search || location.pathname)) history[remember](null, "", address);
    }
    document.title = question ? `${question}: ${this.title}` : this.title;
    try {
      const found = await ask(this.index, question);
      const groups = found ? arrange(found, await this.index.read("index.json")) : [];
      const sections = await Promise.all(groups.map((group) => this.section(group, question, found.complete)));
      if (turn !== this.#turn) return;
      this.results.replaceChildren(...sections);
      this.results.hidden = !sections.length;
      this.places.hidden = sections.length > 0;
      this.status.textContent = found ? this.tell(groups, question, found.complete) : "";
    } catch {
      if (turn === this.#turn) this.status.textContent = "The search index could not be read. Try again in a moment.";
    }
  }

  tell(groups, question, complete) {
    if (!groups.length) return `Nothing found for “${question}”.`;
    const more = complete ? "" : " or more";
    return groups.map((group) => `${group.name}: ${group.keys.length}${more}`).join(", ") + ".";
  }

  async section(group, question, complete) {
    const list = make("ol", "list"), head = make("h2", "", group.name, make("small", "", `${group.keys.length}${complete ? "" : " or more"}`));
    head.id = `group-${group.at}`;
    const body = make("div", "wide", list), section = make("section", "sec", head, body);
    section.setAttribute("aria-labelledby", head.id);
    const first = group.dated ? 10 : 5;
    list.append(...await this.rows(group, group.keys.slice(0, first), question));
    if (group.keys.length > first) body.append(this.more(group, first, question, list));
    return section;
  }

  more(group, first, question, list) {
    let shown = first;
    const button = make("button", "copy", "Show more");
    button.type = "button";
    button.setAttribute("aria-label", `Show more ${group.name.toLowerCase()}`);
    button.addEventListener("click", async () => {
      const rows = await this.rows(group, group.keys.slice(shown, shown + STEP), question);
      shown += STEP;
      list.append(...rows);
      if (shown >= group.keys.length) button.remove();
      rows[0].querySelector("a").focus();
    });
    return button;
  }

  async rows(group, keys, question) {
    const cards = (await this.index.cards(keys))
      .map((card) => ({ ...card, ...matchedName(card, question), score: group.scores.get(card.key) }));
    if (!group.dated) cards.sort((a, b) => b.near - a.near || b.score - a.score || (a.title > b.title ? 1 : -1));
    const terms = parse(question).words.flatMap((word) => [word.whole, ...word.parts.map(({ term }) => term)]).filter(Boolean);
    return cards.map((card) => this.row(card, terms));
  }

  row(card, terms) {
    const link = make("a", "", ...marked(card.title, terms));
    link.href = this.form.dataset.root + card.href;
    const title = make("h3", "h", link), inside = make("div", "", title);
    title.dir = "auto";
    if (card.name) {
      const name = make("bdi", "", card.name);
      inside.append(make("p", "meta matched", "matched name: ", name, card.disputed ? ", disputed" : ""));
    }
    if (card.summary) {
      const summary = make("p", "", ...marked(card.summary, terms));
      summary.dir = "auto";
      inside.append(summary);
    }
    const notes = card.note.split(" · ").map((note) => make("span", "", note));
    return make("li", "", make("p", "meta notes", ...notes), inside);
  }

  /** Arrows walk from the box through the results and back, Escape returns to the box. */
  walk(event) {
    const links = [...this.results.querySelectorAll("a, button")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape" && at >= 0) this.box.focus();
    else if (event.key === "ArrowDown" && links.length && (at >= 0 || document.activeElement === this.box)) links[Math.min(at + 1, links.length - 1)].focus();
    else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
    else if (event.key === "ArrowUp" && at === 0) this.box.focus();
    else return;
    event.preventDefault();
  }
}

const form = document.querySelector("form[data-search]");
if (form) new SearchPage(form).start();
