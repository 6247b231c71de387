/* Streamlit names its own controls in English only: they get the words of the page. */
function nameControls(words) {
  const names = ["aria-label", "placeholder"], selector = names.map(name => `[${name}]`).join();
  const rules = Object.entries(words).map(([english, said]) => {
    const pattern = english.replace(/[{}.*+?^$()|[\]\\]/g, "\\$&").replace("\\{of\\}", "(.+)");
    return [new RegExp(`^${pattern}$`, "s"), said];
  });
  const known = window.riceLensNames ??= new WeakMap(); // what each element's names were in English
  const translate = element => {
    const was = known.get(element) ?? {};
    for (const name of names) {
      const value = element.getAttribute(name);
      const english = was[name]?.said === value ? was[name].english : value;
      const [pattern, words] = rules.find(([pattern]) => pattern.test(english)) ?? [];
      const said = words?.replace("{of}", () => english.match(pattern)[1]);
      if (!said || said === value) continue;
      known.set(element, Object.assign(was, { [name]: { english, said } }));
      element.setAttribute(name, said);
    }
  };
  const translateAll = root => root.querySelectorAll(selector).forEach(translate);
  window.riceLensNaming?.disconnect(); // that of another language
  window.riceLensNaming = new MutationObserver(records => {
    for (const { type, target } of records)
      if (type === "attributes") translate(target);
      else translateAll(target);
  });
  window.riceLensNaming.observe(document.body, { subtree: true, childList: true, attributeFilter: names });
  translateAll(document.body);
  const skip = document.querySelector("[data-testid=stSkipToContent]");
  if (skip) skip.textContent = words["Skip to main content"];
}
