// Pages work without this. It shows clock times in the reader's own zone, leaves live parts alone that have not
// changed or that nobody sees, and says when trueup does not answer.
(function () {
  "use strict";

  function localTimes(root) {
    root.querySelectorAll("time.clock").forEach(function (time) {
      var at = new Date(time.getAttribute("datetime"));
      time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    });
  }

  function lost(isLost) {
    document.querySelector(".lost").hidden = !isLost;
  }

  document.addEventListener("DOMContentLoaded", function () { localTimes(document); });
  document.addEventListener("htmx:afterSwap", function (event) { localTimes(event.target); });
  document.addEventListener("htmx:configRequest", function (event) {
    var live = event.detail.elt;
    if (document.hidden || live.contains(document.activeElement) && document.activeElement !== live) {
      event.preventDefault(); // nobody looks, or somebody is about to press a button in it
      return;
    }
    if (live.dataset.shown) event.detail.headers["X-Shown"] = live.dataset.shown;
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var answer = event.detail.xhr;
    lost(!event.detail.successful && answer.status !== 401);
    var shown = answer.getResponseHeader("X-Shown");
    if (shown) event.detail.elt.dataset.shown = shown;
  });
  document.addEventListener("htmx:sendError", function () { lost(true); });
})();
