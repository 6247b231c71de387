/* The controls around the pictures. Words come as data and are set as text, never as HTML. */

const TOGGLES = { curtain: "c", heat_only: "h", cells: "g", outline: "o" };
const STEPS = { p: -1, n: 1 };
const FEW = 6; // classes that fit into a row of buttons
const ONE_COLUMN = 3; // score bars, which are as high as the controls beside them
const PANES = ["original", "heatmap", "overlay"];
let controlsMade = 0;

/** An element; properties that it lacks become attributes, texts become text nodes. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A text with its facts: "{row}" becomes `facts.row`. */
function say(text, facts) {
  return text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

/**
 * Make the controls.
 *
 * @param panel What the server says of them: `colors`, `texts`; `bars` and `others` of one photo,
 *   `targets` of two sides.
 * @param choose Called with what is chosen, and whether it is still being dragged.
 * @param step Called with 1 for the next photo, -1 for the one before.
 * @param tools Have bars of their own, which stand in the others' place while one is in hand.
 * @return `classes`, `settings` and `keys` to be placed, and `show(choices, usual, screen)`.
 */
function makeControls(panel, choose, step, tools) {
  const { texts } = panel, id = `viewer-${++controlsMade}`;
  const classes = (panel.bars ? makeBars : makeTargets)(panel, id, choose);

  const blend = element("input", { type: "range", min: 0, max: 100, name: "blend", title: texts["blend.help"] });
  const output = element("output");
  const showBlend = () => {
    output.textContent = say(texts.percent, { value: blend.value });
    blend.setAttribute("aria-valuetext", output.textContent);
  };
  blend.addEventListener("input", () => {
    showBlend();
    choose({ blend: blend.valueAsNumber }, true);
  });
  blend.addEventListener("change", () => choose({ blend: blend.valueAsNumber }));

  const colors = element("select", { name: "colors", title: texts["colors.help"] },
    ...panel.colors.map(({ name, label }) => element("option", { value: name }, label)));
  colors.addEventListener("change", () => choose({ colors: colors.value }));

  const toggles = Object.keys(TOGGLES).map(name => {
    const button = element("button", {
      type: "button", name, title: texts[`viewer.${name}.help`], "aria-keyshortcuts": TOGGLES[name],
    }, texts[`viewer.${name}`]);
    button.addEventListener("click", () => choose({ [name]: button.ariaPressed !== "true" }));
    return button;
  });
  const counts = makeSegments(`${id}-panes`, texts["viewer.pictures"], [
    [1, texts["viewer.one"]], [2, texts["viewer.two"]], [3, texts["viewer.three"]],
  ], panes => choose({ panes: Number(panes) }));
  const which = makeSegments(`${id}-pane`, texts["viewer.shows"],
    PANES.map(name => [name, texts[`picture.${name}`]]), pane => choose({ pane }));

  const keys = makeKeys(texts);
  const help = element("button", { type: "button", name: "keys", ariaExpanded: "false", ariaLabel: texts["viewer.keys"], title: texts["viewer.keys"] }, "?");
  help.addEventListener("click", () => {
    keys.hidden = !keys.hidden;
    help.ariaExpanded = String(!keys.hidden);
  });
  const full = element("button", { type: "button", name: "full", hidden: !document.fullscreenEnabled, "aria-keyshortcuts": "f" }, "⤢");

  const place = element("span");
  const [previous, next] = [["previous", -1], ["next", 1]].map(([name, by]) => {
    const button = element("button", { type: "button", name, title: texts[`viewer.${name}`] }, texts[`viewer.${name}`]);
    button.addEventListener("click", () => step(by));
    return button;
  });
  const photos = element("div", { className: "viewer-row viewer-photos" }, previous, place, next);

  const brush = element("button", { type: "button", name: "brush", title: texts["brush.help"], "aria-keyshortcuts": "b" }, texts.brush);
  brush.addEventListener("click", () => tools.takeUp());

  const ofPictures = [
    element("div", { className: "viewer-row" },
      element("label", { className: "viewer-blend" }, element("span", {}, texts.blend), blend), output),
    element("div", { className: "viewer-row" },
      element("label", {}, element("span", {}, texts.colors), colors), ...toggles),
  ];
  const settings = element("div", { className: "viewer-settings" }, ...ofPictures, ...tools.makeBars(texts, id),
    element("div", { className: "viewer-row" }, counts.set, which.set, brush, tools.done, full, help, photos));

  function show(choices, usual, { narrow, alone, full: whole, way, inHand }) {
    classes.show(choices.target || usual);
    blend.value = choices.blend;
    showBlend();
    colors.value = choices.colors;
    for (const button of toggles) button.ariaPressed = String(choices[button.name]);
    counts.show(choices.panes);
    which.show(choices.pane);
    for (const row of ofPictures) row.hidden = inHand;
    counts.set.hidden = narrow || !alone || inHand;
    which.set.hidden = alone && !narrow && choices.panes > 1 || inHand;
    brush.hidden = !choices.painted || inHand;
    full.ariaLabel = full.title = texts[whole ? "viewer.full.leave" : "viewer.full"];
    photos.hidden = !way || !whole; // elsewhere the page has them
    if (photos.hidden) return;
    place.textContent = way.place;
    previous.disabled = !way.previous;
    next.disabled = !way.next;
  }
  return { classes: classes.set, settings, keys, full, help, show };
}

/** The score bars: a click on one shows the evidence for its class. */
function makeBars(panel, id, choose) {
  const { texts, bars, others } = panel;
  const inputs = bars.map(bar => {
    const input = element("input", { type: "radio", name: `${id}-target`, value: bar.choice, disabled: !panel.selectable });
    input.addEventListener("change", () => choose({ target: bar.choice }));
    return input;
  });
  const set = element("fieldset", { className: "viewer-bars", role: "radiogroup", title: panel.selectable ? texts["target.help"] : "" },
    element("legend", {}, texts.target),
    ...bars.map((bar, at) => element("label", {}, inputs[at],
      element("span", { className: "viewer-class" }, bar.label),
      element("span", { className: "viewer-track" }, element("span", { style: `width: ${100 * bar.share}%` })),
      element("span", { className: "viewer-score" }, bar.score))));
  if (others.length) {
    const select = element("select", { name: "others", disabled: !panel.selectable, ariaLabel: texts.others },
      element("option", { value: "" }, texts.others),
      ...others.map(({ name, label }) => element("option", { value: name }, label)));
    select.addEventListener("change", () => select.value && choose({ target: select.value }));
    set.append(element("div", { className: "viewer-others" }, select,
      element("span", { className: "viewer-score" }, texts["others.score"])));
  }
  const places = bars.length + Math.min(1, others.length);
  set.classList.toggle("viewer-many", places > ONE_COLUMN);
  set.style.setProperty("--rows", Math.ceil(places / 2));
  const show = name => inputs.forEach((input, at) => {
    input.checked = bars[at].name === name;
    input.parentElement.classList.toggle("viewer-chosen", input.checked);
  });
  return { set, show };
}

/** The classes of two sides; none where the sides differ in the class. */
function makeTargets({ texts, targets }, id, choose) {
  const set = element("div", { className: "viewer-row viewer-targets", title: texts["target.help"], hidden: !targets.length }, element("span", {}, texts.target));
  const named = targets.map(({ name, label }) => [name, label]);
  if (targets.length <= FEW) {
    const segments = makeSegments(`${id}-target`, texts.target, named, target => choose({ target }));
    set.append(segments.set);
    return { set, show: segments.show };
  }
  const select = element("select", { name: "target", ariaLabel: texts.target },
    ...named.map(([value, label]) => element("option", { value }, label)));
  select.addEventListener("change", () => choose({ target: select.value }));
  set.append(select);
  return { set, show: name => { select.value = name; } };
}

/** One of a few, as buttons in a row. */
function makeSegments(name, label, options, choose) {
  const inputs = options.map(([value]) => {
    const input = element("input", { type: "radio", name, value });
    input.addEventListener("change", () => choose(input.value));
    return input;
  });
  const set = element("fieldset", { className: "viewer-segments", role: "radiogroup", ariaLabel: label },
    ...options.map(([, text], at) => element("label", {}, inputs[at], element("span", {}, text))));
  const show = value => {
    for (const input of inputs) input.checked = input.value === String(value);
  };
  return { set, show };
}

/** The keys and what the controls do, for "?". */
function makeKeys(texts) {
  const lines = texts["viewer.keys.list"].split("\n").map(line => line.split("\t"));
  const about = ["curtain", "heat_only", "cells", "outline"].map(name =>
    [texts[`viewer.${name}`], texts[`viewer.${name}.help`]]);
  about.push([texts.colors, texts["colors.help"]], ...PANES.map(name => [texts[`picture.${name}`], texts[`picture.${name}.help`]]));
  const list = rows => element("dl", {}, ...rows.flatMap(([term, what]) => [element("dt", {}, term), element("dd", {}, what)]));
  return element("div", { className: "viewer-keys", hidden: true }, list(lines), list(about));
}
