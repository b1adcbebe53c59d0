/* What works without this file stays as it is: copy buttons appear, long lists fold on narrow screens, / leads to search. */
(() => {
  "use strict";
  const status = document.querySelector("[data-status]");

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const said = button.textContent;
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "Copied";
        if (status) status.textContent = "Copied " + button.dataset.copy;
      } catch {
        button.textContent = "Not copied";
      }
      setTimeout(() => { button.textContent = said; }, 2000);
    });
  }

  const folds = document.querySelectorAll("details[data-fold]");
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && (target.closest("details") || (target.matches("details") && target));
    if (fold) {
      fold.open = true;
      target.scrollIntoView();
    }
  };
  if (matchMedia("(max-width: 47.99em)").matches) {
    for (const fold of folds) fold.open = false;
  }
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
  });
  addEventListener("hashchange", reveal);
  reveal();

  const box = document.getElementById("q");
  let before = null;
  addEventListener("keydown", (event) => {
    const here = document.activeElement;
    if (event.defaultPrevented) return;
    if (box && event.key === "Escape" && here === box) {
      event.preventDefault();
      box.blur();
      if (before && before.isConnected) before.focus();
    }
    if (!box || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (here.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(here.tagName)) return;
    event.preventDefault();
    before = here === document.body ? null : here;
    box.focus();
    box.select();
  });
})();
