// Names and texts come from records and can hold anything: they only ever become text nodes and
// attributes' values, never markup.
function element(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A name that may be broken as on the other pages: after "/", "=" and ",", and before "[".
function breakable(name) {
  return name.split(/(?<=[/=]|,(?!\d))|(?=\[)/).flatMap((part) => [part, element("wbr", {})]);
}

// What a script element of the type application/json holds; null where it is damaged.
function jsonOf(holder) {
  try {
    return JSON.parse(holder.textContent);
  } catch {
    return null;
  }
}
