// Asks the page around ours which conversation it shows, and lets the sign-in lead there. A hint, never a proof.
"use strict";

(function () {
  const form = document.querySelector("form[data-desk]");
  if (!form || window.parent === window) {
    return;
  }
  const desk = form.dataset.desk;
  const pattern = form.dataset.ticket; // an address with 0 where the number belongs

  function conversation(text) {
    try {
      const told = JSON.parse(text);
      const id = told.event === "appContext" ? told.data.conversation.id : null;
      return Number.isSafeInteger(id) && id > 0 ? id : null;
    } catch (error) {
      return null; // somebody else's message
    }
  }

  window.addEventListener("message", function (message) {
    if (message.source !== window.parent || message.origin !== desk || typeof message.data !== "string") {
      return;
    }
    const id = conversation(message.data);
    if (id !== null) {
      form.elements.next.value = pattern.replace(/0$/, String(id));
      form.dispatchEvent(new Event("hint"));
    }
  });
  window.parent.postMessage("chatwoot-dashboard-app:fetch-info", desk);
})();
