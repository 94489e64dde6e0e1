// Keeps what a member is writing in this tab until it is sent, and gives it back to that member alone.
//
// Pages of members are kept in no cache (they are answered with no-store), so without this, Back and a press of a button
// elsewhere on the page would lose a half-written text. It is on pages with a field to write in, and on those of
// strangers: there it sees that somebody was signed out, by themselves or not.
(() => {
  "use strict";
  const member = document.documentElement.dataset.member;
  const FIELDS = "form[method=post] textarea, form[method=post] input[type=text]";

  const nameOf = (field) =>
    `draft ${member} ${location.pathname} ${new URL(field.form.action).pathname} ${field.name}`;

  const read = (key) => JSON.parse(sessionStorage.getItem(key) || "null");
  const keep = (key, draft) => sessionStorage.setItem(key, JSON.stringify(draft));
  const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft "));

  // A draft is what the field held when the page came, and what was typed instead. It goes back only into the same.
  const write = (field) => {
    if (field.value === field.defaultValue) sessionStorage.removeItem(nameOf(field));
    else keep(nameOf(field), { was: field.defaultValue, text: field.value, sent: false });
  };

  const putBack = () => {
    for (const field of document.querySelectorAll(FIELDS)) {
      const draft = read(nameOf(field));
      if (draft && !draft.sent && draft.was === field.defaultValue && field.value === field.defaultValue) {
        field.value = draft.text;
      }
    }
  };

  // What was sent is forgotten once an answer shows that it arrived; where it did not, it is a draft again.
  const settle = (arrived) => {
    for (const key of drafts()) {
      const draft = read(key);
      if (!draft.sent) continue;
      if (arrived) sessionStorage.removeItem(key);
      else keep(key, { ...draft, sent: false });
    }
  };

  const arrivedByItself = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  settle(Boolean(member) && arrivedByItself);
  if (document.querySelector("[data-tone=farewell]")) sessionStorage.clear();
  if (!member) return;
  putBack();

  document.addEventListener("input", (event) => {
    if (event.target.matches(FIELDS)) write(event.target);
  });
  document.addEventListener("submit", (event) => {
    for (const field of event.target.querySelectorAll(FIELDS)) {
      const draft = read(nameOf(field));
      if (draft) keep(nameOf(field), { ...draft, sent: true });
    }
  });
  document.addEventListener("htmx:after:request", (event) => settle(event.detail.ctx.response.raw.ok));
  document.addEventListener("htmx:error", () => settle(false));
  document.addEventListener("htmx:after:swap", putBack);
})();
