// Inside a desk a page opens anew beside each ticket. The token of the last page, good for ten minutes and kept for this
// tab alone, spares signing in each time; where it is over, the page that it opens says so and asks.
"use strict";

(function () {
  const account = window.location.pathname.split("/")[2];
  const key = "deskpulse." + account;
  const form = document.querySelector("form[data-resume]");

  function keep() {
    const token = new URLSearchParams(window.location.search).get("t");
    try {
      if (token && !document.getElementById("password")) {
        window.sessionStorage.setItem(key, token);
      }
    } catch (error) {
      return; // the browser keeps nothing for pages in frames: then one signs in each time
    }
  }

  function take() {
    try {
      const kept = window.sessionStorage.getItem(key);
      window.sessionStorage.removeItem(key);
      return kept;
    } catch (error) {
      return null;
    }
  }

  function resume() {
    const page = form.elements.next.value;
    const kept = page.startsWith("/panel/" + account + "/") ? take() : null;
    if (kept) {
      window.location.replace(page + (page.includes("?") ? "&" : "?") + "t=" + encodeURIComponent(kept));
    }
  }

  if (window.parent === window) {
    return;
  }
  if (!form) {
    keep();
    document.addEventListener("htmx:pushedIntoHistory", keep);
  } else if (form.dataset.resume === "now") {
    resume();
  } else {
    form.addEventListener("hint", resume, { once: true });
  }
})();
