// Small comforts; every page works without them.
(() => {
  "use strict";

  // A second click must not send a form twice. Downloads and filters stay clickable.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-repeatable")) return;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
  });

  const reopen = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  };
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(reopen);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-sent]");
    if (form) reopen(form);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // The browser's own file button speaks the browser's language: put ours over it.
  const dressFiles = (root) => {
    for (const input of root.querySelectorAll("input[type=file]:not([data-dressed])")) {
      const box = document.createElement("div");
      const button = document.createElement("span");
      const name = document.createElement("span");
      const tell = () => {
        name.textContent = Array.from(input.files, (file) => file.name).join("、") || "未选择文件，也可以拖放到此处";
      };
      input.dataset.dressed = "yes";
      box.className = "file-choice";
      button.className = "button button-small";
      button.textContent = "选择文件";
      button.setAttribute("aria-hidden", "true");
      name.className = "file-choice-name";
      input.replaceWith(box);
      box.append(input, button, name);
      input.addEventListener("change", tell);
      tell();
    }
  };
  dressFiles(document);
  document.addEventListener("htmx:load", (event) => dressFiles(event.target));

  // The summary of errors is read first.
  const focusErrors = (root) => root.querySelector(".form-errors")?.focus();
  focusErrors(document);
  document.addEventListener("htmx:afterSettle", (event) => focusErrors(event.target));

  // Refusals (403, 409, 422 …) carry a part of a page that explains them: show it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const isPart = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html") && !/<html/i.test(xhr.responseText);
    if (xhr.status >= 400 && xhr.status < 500 && isPart) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
})();
