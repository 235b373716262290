// Looks for newer articles every minute while the page is in view, and offers to show them.
// Without this script the page works the same; it is then as old as its last loading.
(() => {
  "use strict";
  const list = document.getElementById("articles");
  const news = document.getElementById("news");
  if (!list || !news || list.dataset.live !== "yes") return;

  const EVERY_MS = 60000;
  let fresh = null;

  const ids = (root) => new Set([...root.querySelectorAll("[data-article]")].map((item) => item.dataset.article));

  const show = () => {
    if (!fresh) return;
    list.replaceChildren(...fresh.childNodes);
    fresh = null;
    news.hidden = true;
    list.querySelector("h3 a")?.focus();
  };

  const offer = (count) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = count === 1 ? "Show 1 new article" : `Show ${count} new articles`;
    button.addEventListener("click", show);
    news.replaceChildren(button);
    news.hidden = false;
  };

  const look = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const newest = page.getElementById("articles");
      if (!newest) return;
      const known = ids(list);
      const count = [...ids(newest)].filter((id) => !known.has(id)).length;
      if (count > 0) {
        fresh = newest;
        offer(count);
      }
    } catch {
      // The service may be restarting; the next look tells.
    }
  };

  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
})();

// Keeps a part of a page that shows what is going on up to date, while it is in view and nobody works in it.
// Without this script the page renews itself as a whole.
(() => {
  "use strict";
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  let known = null;

  const look = async () => {
    if (document.visibilityState !== "visible" || part.contains(document.activeElement)) return;
    try {
      const headers = known ? { "If-None-Match": known } : {};
      const response = await fetch(location.href, { headers, cache: "no-store" });
      if (response.status !== 200) return;
      known = response.headers.get("ETag");
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const newest = page.getElementById(part.id);
      if (newest) part.replaceChildren(...newest.childNodes);
    } catch {
      // The service may be restarting; the next look tells.
    }
  };

  setInterval(look, 1000 * Number(part.dataset.refresh));
  document.addEventListener("visibilitychange", look);
})();
