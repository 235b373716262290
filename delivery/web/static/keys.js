// Keys for those who read without a mouse: j and k go along a list, / goes to the search. They can be turned off,
// because some speak to their computer, which then types (WCAG 2.1.4). Without this script Tab does the same.
(() => {
  "use strict";
  const OFF = "presswatch-keys-off";
  const ITEMS = "main .list h3 a, main .found h3 a, main .copies .outlet, main tbody th a";
  const PLACES = { KeyJ: "j", KeyK: "k", Slash: "/" }; // where the letters of the layout are not Latin
  const told = document.getElementById("keys");
  if (!told) return;

  const kept = {
    read: () => {
      try {
        return localStorage.getItem(OFF) === "yes";
      } catch {
        return false;
      }
    },
    write: (isOff) => {
      try {
        localStorage.setItem(OFF, isOff ? "yes" : "no");
      } catch {
        // It holds for this page, then.
      }
    },
  };
  let isOff = kept.read();

  const turn = told.querySelector("button");
  const say = () => {
    turn.textContent = isOff ? "Turn keys on" : "Turn keys off";
  };
  turn.addEventListener("click", () => {
    isOff = !isOff;
    kept.write(isOff);
    say();
  });
  say();
  told.hidden = false;

  const go = (step) => {
    const items = [...document.querySelectorAll(ITEMS)].filter((item) => item.offsetParent !== null);
    if (items.length === 0) return;
    const here = items.indexOf(document.activeElement?.closest("li, tr")?.querySelector(ITEMS) ?? null);
    const next = here < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(Math.max(here + step, 0), items.length - 1);
    items[next].focus();
    items[next].scrollIntoView({ block: "nearest" });
  };

  const search = () => {
    const field = document.querySelector("[role='search'] :is(input[type='search'], input[type='text'], textarea)");
    if (!field) {
      location.assign("/");
      return;
    }
    field.focus();
    field.select();
  };

  document.addEventListener("keydown", (event) => {
    if (isOff || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
    const key = event.key === "/" || /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : PLACES[event.code];
    if (event.shiftKey && key !== "/") return;
    const act = { j: () => go(1), k: () => go(-1), "/": search }[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
