// Asks the Zendesk around ours beside which ticket it shows us, and opens that ticket's page.
// The messages are those of the app framework's own client (zendesk_app_framework_sdk, lib/client.js).
"use strict";

(function () {
  const form = document.querySelector("form[data-desk]");
  const guid = new URLSearchParams(window.location.search).get("app_guid");
  if (!form || !guid || window.parent === window) {
    return;
  }
  const desk = form.dataset.desk;

  function send(message) {
    window.parent.postMessage(JSON.stringify({ ...message, appGuid: guid, instanceGuid: guid }), desk);
  }

  function read(text) {
    try {
      return JSON.parse(text) || {};
    } catch (error) {
      return {}; // somebody else's message
    }
  }

  window.addEventListener("message", function (message) {
    if (message.source !== window.parent || message.origin !== desk || typeof message.data !== "string") {
      return;
    }
    const told = read(message.data);
    if (told.key === "zaf.app.registered") {
      send({ id: 1, request: "get", params: ["ticket.id"] });
    } else if (told.id === 1 && told.result && /^[0-9]{1,20}$/.test(String(told.result["ticket.id"]))) {
      form.elements.ticket.value = String(told.result["ticket.id"]);
      form.submit();
    }
  });
  send({ key: "iframe.handshake", message: { version: "2.0.0" } });
})();
