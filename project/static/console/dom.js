// Small words for the DOM. Text from data only ever becomes text nodes.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/**
 * An element. `null`, `undefined` and `false` attributes are left out, `on` takes listeners by event name.
 * @param {string} tag
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function show(node, visible = true) {
  node.hidden = !visible;
}

/** Make `parent` hold exactly `nodes`, in order, moving no node that already stands right. */
export function arrange(parent, nodes) {
  let place = parent.firstChild;
  for (const node of nodes) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Run `paint` once in the next frame, however often it is asked for; at once in a tab that draws no frames. */
export function oncePerFrame(paint) {
  let due = false;
  const run = () => {
    due = false;
    paint();
  };
  return () => {
    if (due) return;
    due = true;
    if (document.hidden) queueMicrotask(run);
    else requestAnimationFrame(run);
  };
}
