/* Light, dark or for a projector: chosen in this browser, and kept there; else the system decides. */

/** Let the page look as was chosen, and offer the choice. */
function offerLooks() {
  const own = "rice-lens-look", themes = { light: "Light", dark: "Dark", projector: "Light" };
  // Where Streamlit keeps its theme; it reads this when a page is loaded, and not again.
  const streamlits = `stActiveTheme-${location.pathname}-v2`;
  const select = document.querySelector(".look select"), looks = [...select.options].map(option => option.value);
  const show = look => {
    document.documentElement.dataset.look = select.value = looks.includes(look) ? look : looks[0];
  };
  show(localStorage.getItem(own));
  select.onchange = () => {
    const look = select.value, theme = JSON.stringify(themes[look] ?? "System");
    const same = theme === (localStorage.getItem(streamlits) ?? JSON.stringify("System"));
    localStorage.setItem(own, look);
    localStorage.setItem(streamlits, theme);
    show(look);
    if (!same) location.reload(); // the visit comes back as it was
  };
}
