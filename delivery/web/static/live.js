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
