// Listens for what is new in a list while the page is in view, and offers to show it; nothing moves before that.
// Without this script the page works the same; it is then as old as its last loading.
(() => {
  "use strict";
  const list = document.querySelector("[data-stream]");
  if (!list) return;
  const news = document.createElement("p");
  news.className = "news";
  news.setAttribute("role", "status"); // there before anything is said in it, else nobody hears that
  list.before(news);

  const NOT_SOONER_MS = 5000; // between two looks, however much comes in
  const SETTLE_MS = 500; // what comes in at once is looked at once
  const WITHOUT_STREAM_MS = 60000;
  let stream = null;
  let waiting = null;
  let lookedAt = -NOT_SOONER_MS;
  let fresh = null;

  const keys = (root) => new Set([...root.querySelectorAll("[data-item]")].map((item) => item.dataset.item));

  const show = () => {
    if (!fresh) return;
    list.replaceChildren(...fresh.childNodes);
    fresh = null;
    news.replaceChildren();
    list.querySelector("h3 a")?.focus();
  };

  const offer = (count) => {
    const button = document.createElement("button");
    button.type = "button";
    const noun = count === 1 ? list.dataset.one : list.dataset.many;
    button.textContent = `Show ${count} new ${noun}`;
    button.addEventListener("click", show);
    news.replaceChildren(button);
  };

  const look = async () => {
    waiting = null;
    if (document.visibilityState !== "visible") return;
    lookedAt = performance.now();
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const newest = page.querySelector("[data-stream]");
      if (!newest) return;
      const known = keys(list);
      const count = [...keys(newest)].filter((key) => !known.has(key)).length;
      if (count > 0) {
        fresh = newest;
        offer(count);
      }
    } catch {
      // The service may be restarting; the next look tells.
    }
  };

  const lookSoon = () => {
    if (waiting !== null) return;
    waiting = setTimeout(look, Math.max(SETTLE_MS, lookedAt + NOT_SOONER_MS - performance.now()));
  };

  const listen = () => {
    if (stream && stream.readyState !== EventSource.CLOSED) return;
    stream = new EventSource(`/api/v1/events/stream?${list.dataset.stream}`);
    stream.addEventListener("message", lookSoon);
  };

  const change = () => {
    if (document.visibilityState === "visible") {
      listen();
      lookSoon(); // what came while the page was out of view
    } else if (stream) {
      stream.close();
    }
  };

  document.addEventListener("visibilitychange", change);
  setInterval(() => {
    // Too many listened, or the service is away: then the page is asked itself, and the stream once more.
    if (document.visibilityState !== "visible" || stream?.readyState === EventSource.OPEN) return;
    lookSoon();
    listen();
  }, WITHOUT_STREAM_MS);
  if (document.visibilityState === "visible") listen();
})();
