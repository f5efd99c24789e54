// Where in a JSON text a pointer (RFC 6901) leads.

/** `[start, end]` of the value at POINTER in TEXT; of its nearest ancestor, where there is none. */
export function rangeOf(text, pointer) {
  const path = pointer.split("/").slice(1).map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~"));
  let at = 0;
  let found = null;
  let depth = -1;

  const space = () => {
    while (at < text.length && " \t\r\n".includes(text[at])) at += 1;
  };
  const string = () => {
    const start = at;
    at += 1;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(start, at));
  };
  const value = (level, isOnPath) => {
    space();
    const start = at;
    if (text[at] === "{") members(level, isOnPath, "}", () => (space(), string()));
    else if (text[at] === "[") members(level, isOnPath, "]", (n) => String(n));
    else if (text[at] === '"') string();
    else while (at < text.length && !",]} \t\r\n".includes(text[at])) at += 1;
    if (isOnPath && level > depth) [found, depth] = [[start, at], level];
  };
  const members = (level, isOnPath, close, nameOf) => {
    at += 1;
    for (let n = 0; ; n += 1) {
      space();
      if (text[at] === close) break;
      if (text[at] === ",") at += 1;
      const name = nameOf(n);
      space();
      if (text[at] === ":") at += 1;
      value(level + 1, isOnPath && path[level] === name);
      space();
    }
    at += 1;
  };
  value(0, true);
  return found;
}
