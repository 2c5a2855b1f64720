// Passwords that can be looked at while they are typed, and links that can be copied.

function look(button) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  // Whatever is seen goes out as a password, so that the browser offers to keep it
  field.form.addEventListener("submit", () => { field.type = "password"; });
}

function copies(button) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    // There is no clipboard over plain http, but to the same computer
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy");
  });
}

document.querySelectorAll("[data-shows]").forEach(look);
document.querySelectorAll("[data-copies]").forEach(copies);
