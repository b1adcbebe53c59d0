/* Filters the list of incidents in place. Without this file every facet leads to a page of its own.
   The state is the address: ?country=KR&year=2019. The index is read once somebody filters; the briefs
   themselves are taken from the list pages on which they stand. */
(() => {
  "use strict";
  const panel = document.querySelector("[data-filter]");
  const list = document.querySelector("[data-list]");
  const status = document.querySelector("[data-found]");
  if (!panel || !list || !status) return;

  const STEP = 20;
  const FEW = 12;
  const indexUrl = new URL(panel.dataset.filter, location.href);
  const listUrl = new URL("../", indexUrl);
  const title = document.title;
  const folds = [...panel.querySelectorAll("[data-facet]")].map((fold) => {
    const [summary, ...content] = fold.children;
    const count = summary.querySelector("span");
    return { fold, key: fold.dataset.facet, title: summary.firstChild.data.trim(), summary, content, count, all: count.textContent };
  });
  const keys = folds.map(({ key }) => key);
  const chosen = document.createElement("ul");
  chosen.className = "chosen";
  status.after(chosen);
  const unfiltered = [...list.childNodes];
  const complete = new Set();
  const pages = new Map();
  let rows, names, hasTechniques, turn = 0;

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const nameOf = (key, value) => Object.hasOwn(names[key], value) ? names[key][value] : value;

  /* the address */
  const state = () => {
    const given = new URLSearchParams(location.search);
    return Object.fromEntries(keys.filter((key) => given.get(key)).map((key) => [key, given.get(key)]));
  };
  const address = (wanted) => {
    const given = keys.filter((key) => wanted[key]).map((key) => [key, wanted[key]]);
    return location.pathname + (given.length ? "?" + new URLSearchParams(given) : "");
  };
  const onChoice = (link, wanted) => link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, "", address(wanted()));
    show();
  });
  const choice = (text, wanted) => {
    const link = make("a", { href: address(wanted) }, text);
    onChoice(link, () => wanted);
    return link;
  };

  /* the index */
  const read = async (url, as) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer[as]();
  };
  const readShards = (files, folder) => Promise.all(files.map((file) => read(new URL(folder + file, indexUrl), "json")));
  const once = (act) => {
    let running;
    return () => running ??= act().catch((fault) => { running = undefined; throw fault; });
  };
  const load = once(async () => {
    const index = await read(indexUrl, "json");
    const found = [];
    const known = { kind: index.kinds, sector: index.sectors, country: index.countries, actor: {}, year: {}, technique: {} };
    for (const shard of await readShards(index.shards, "")) {
      const year = String(shard.year);
      for (const [id, name] of shard.actors) known.actor[id] = name;
      for (const page of shard.pages) {
        page.rows.forEach(([kind, actors, sectors, countries], place) => found.push({
          href: page.href, place, year: [year], kind: [shard.kinds[kind]], technique: [],
          actor: actors.map((n) => shard.actors[n][0]),
          sector: sectors.map((n) => shard.sectors[n]),
          country: countries.map((n) => shard.countries[n]),
        }));
      }
    }
    [rows, names] = [found, known];
    return index.shards;
  });
  const loadTechniques = once(async () => {
    const [{ techniques }, ...shards] = await readShards(["index.json", ...await load()], "techniques/");
    shards.flatMap((shard) => shard.rows.map((row) => row.map((n) => shard.techniques[n])))
      .forEach((found, row) => { rows[row].technique = found; });
    for (const [id, name] of Object.entries(techniques)) names.technique[id] = `${id} ${name}`.trim();
    hasTechniques = true;
  });
  const loadPage = (href) => {
    if (!pages.has(href)) {
      const url = new URL(href, listUrl);
      pages.set(href, read(url, "text").then((text) => {
        const items = [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("main .list > li")];
        for (const link of items.flatMap((item) => [...item.querySelectorAll("a[href]")])) {
          link.setAttribute("href", new URL(link.getAttribute("href"), url));
        }
        return items;
      }));
    }
    return pages.get(href);
  };

  /* what is drawn */
  const matches = (row, wanted, but) =>
    keys.every((key) => key === but || !wanted[key] || row[key].includes(wanted[key]));

  const drawFacet = (facet, wanted) => {
    const { fold, key, summary, count } = facet;
    const mine = wanted[key];
    const counts = new Map(mine ? [[mine, 0]] : []);
    for (const row of rows) {
      if (matches(row, wanted, key)) for (const value of row[key]) counts.set(value, (counts.get(value) || 0) + 1);
    }
    const order = [...counts].sort(([a, n], [b, m]) =>
      key === "year" ? b - a : m - n || nameOf(key, a).localeCompare(nameOf(key, b), "en"));
    const kept = complete.has(key) || order.length <= FEW + 3 ? order : order.filter(([value], n) => n < FEW || value === mine);
    const parts = [make("ul", {}, ...kept.map(([value, number]) => {
      const link = choice(nameOf(key, value), { ...wanted, [key]: value === mine ? "" : value });
      link.dataset.value = value;
      if (value === mine) link.setAttribute("aria-current", "true");
      return make("li", {}, link, " ", make("span", { className: "num" }, number));
    }))];
    if (kept.length < order.length) {
      const button = make("button", { type: "button", className: "copy" }, `Show all ${order.length}`);
      button.addEventListener("click", () => {
        complete.add(key);
        drawFacet(facet, state());
        fold.querySelectorAll("a")[FEW].focus();
      });
      parts.push(button);
    }
    fold.replaceChildren(summary, ...parts);
    count.textContent = order.length;
    if (mine) fold.open = true;
  };

  const drawChosen = (wanted) => {
    const picked = folds.filter(({ key }) => wanted[key]).map(({ key, title: name }) => {
      const text = `${name}: ${nameOf(key, wanted[key])}`;
      const link = choice(text, { ...wanted, [key]: "" });
      link.setAttribute("aria-label", `Remove ${text}`);
      return link;
    });
    chosen.replaceChildren(...[...picked, choice("Show all incidents", {})].map((link) => make("li", {}, link)));
  };

  const drawList = async (found, now) => {
    const target = make("ol", { className: "list" });
    const more = make("button", { type: "button", className: "copy" });
    let drawn = 0;
    const extend = async () => {
      const wanted = found.slice(drawn, drawn + STEP);
      const items = await Promise.all(wanted.map(async ({ href, place }) => (await loadPage(href))[place]));
      if (now !== turn) return undefined;
      drawn += wanted.length;
      const fresh = items.filter(Boolean).map((item) => document.importNode(item, true));
      target.append(...fresh);
      more.hidden = drawn === found.length;
      more.textContent = `Show ${Math.min(STEP, found.length - drawn)} more`;
      return fresh[0];
    };
    more.addEventListener("click", async () => (await extend())?.querySelector("a")?.focus());
    await extend();
    if (now === turn) list.replaceChildren(target, more);
  };

  const restore = () => {
    list.replaceChildren(...unfiltered);
    chosen.replaceChildren();
    for (const { fold, summary, content, count, all } of folds) {
      fold.replaceChildren(summary, ...content);
      count.textContent = all;
    }
    document.title = title;
    if (status.textContent) status.textContent = "All incidents are shown.";
  };

  const keepFocus = (draw) => {
    const link = document.activeElement;
    const facet = folds.find(({ fold }) => fold.contains(link));
    const value = link.dataset.value || (facet && valueOf(facet.key, link));
    draw();
    if (link.isConnected) return;
    const same = facet && [...facet.fold.querySelectorAll("a")].find((other) => (other.dataset.value || valueOf(facet.key, other)) === value);
    const next = same || (facet ? facet.summary : chosen.querySelector("a") || panel.querySelector("summary"));
    next.focus();
  };

  const show = async () => {
    const now = ++turn;
    const wanted = state();
    if (!Object.keys(wanted).length) {
      keepFocus(restore);
      return;
    }
    try {
      if (!rows) status.textContent = "Reading the index.";
      await (wanted.technique || folds.some(({ fold, key }) => key === "technique" && fold.open) ? loadTechniques() : load());
      if (now !== turn) return;
      const found = rows.filter((row) => matches(row, wanted));
      keepFocus(() => {
        for (const facet of folds) if (facet.key !== "technique" || hasTechniques) drawFacet(facet, wanted);
        drawChosen(wanted);
      });
      await drawList(found, now);
      if (now !== turn) return;
      const said = keys.filter((key) => wanted[key]).map((key) => nameOf(key, wanted[key])).join(", ");
      status.textContent = `${found.length} of ${rows.length} incidents: ${said}.`;
      document.title = `${said}: ${title}`;
    } catch {
      if (now === turn) status.textContent = "The index cannot be read, so the list is not filtered.";
    }
  };

  /* a facet's own pages name its values in their addresses */
  const valueOf = (key, link) => {
    const last = new URL(link.href || location.href).pathname.split("/").at(-2) || "";
    return key === "country" || key === "technique" ? last.toUpperCase() : last;
  };
  for (const { fold, key, content } of folds) {
    for (const link of content.flatMap((part) => [...part.querySelectorAll("li a")])) {
      onChoice(link, () => ({ ...state(), [key]: valueOf(key, link) }));
    }
    if (key === "technique") fold.addEventListener("toggle", () => { if (fold.open && !hasTechniques && location.search) show(); });
  }
  addEventListener("popstate", show);
  if (location.search) show();
})();
