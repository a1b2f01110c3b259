/** A longer template, or URI, matches nothing: a server may write what it likes, and everybody waits while it is matched. */
const LONGEST = 2_048;

/** What an expression stands for: characters that it may not hold, and whether it may be empty. */
interface Expression {
  readonly not: RegExp;
  readonly begins?: string;
  readonly mayBeEmpty: boolean;
}

/** What matching may cost yet: places in URIs that are looked at. A server writes URIs and templates, and everybody waits. */
export interface Effort {
  left: number;
}

/**
 * Whether a URI could have been made of a template (RFC 6570): a simple expression stands for a text without a slash, `{+name}`
 * and `{/name}` for any, `{?name}` and `{&name}` for a query, which may be absent. Other expressions match nothing, and so does
 * any template once the effort is spent.
 */
export function matchesTemplate(template: string, uri: string, effort: Effort): boolean {
  effort.left -= 2;
  if (effort.left < 0 || !beginsAlike(template, uri)) return false;
  // Where what was matched so far may end: at 0 at first.
  let ends = new Uint8Array(uri.length + 1);
  ends[0] = 1;
  for (const [at, part] of template.split(/\{([^{}]*)\}/).entries()) {
    if (part === '' && at % 2 === 0) continue;
    effort.left -= 1 + (uri.length >> 3);
    ends = at % 2 === 0 ? afterText(part, uri, { ends, effort }) : afterExpression(part, uri, { ends, effort });
    if (effort.left < 0 || !ends.includes(1)) return false;
  }
  return ends[uri.length] === 1;
}

/** Most templates are told by their beginnings, which is quick. */
function beginsAlike(template: string, uri: string): boolean {
  if (template.length > LONGEST || uri.length > LONGEST) return false;
  const end = template.indexOf('{');
  return uri.startsWith(end < 0 ? template : template.slice(0, end));
}

/** How far a URI is matched. */
interface Matched {
  readonly ends: Uint8Array;
  readonly effort: Effort;
}

function afterText(text: string, uri: string, { ends: starts, effort }: Matched): Uint8Array<ArrayBuffer> {
  const ends = new Uint8Array(starts.length);
  for (let at = starts.indexOf(1); at >= 0; at = starts.indexOf(1, at + 1)) {
    effort.left -= 1;
    if (uri.startsWith(text, at)) ends[at + text.length] = 1;
  }
  return ends;
}

function afterExpression(text: string, uri: string, { ends: starts, effort }: Matched): Uint8Array<ArrayBuffer> {
  const expression = expressionOf(text);
  if (expression === undefined) return new Uint8Array(starts.length);
  const { not, begins, mayBeEmpty } = expression;
  const ends = mayBeEmpty ? starts.slice() : new Uint8Array(starts.length);
  for (let at = starts.indexOf(1); at >= 0; at = starts.indexOf(1, at + 1)) {
    effort.left -= 1;
    if (begins !== undefined && !begins.includes(uri.charAt(at))) continue;
    not.lastIndex = at;
    const end = not.exec(uri)?.index ?? uri.length;
    ends.fill(1, at + 1, end + 1);
    // Whatever starts before there ends there, too.
    at = Math.max(at, end - 1);
  }
  return ends;
}

/** Undefined for one that is not known. */
function expressionOf(text: string): Expression | undefined {
  const [, operator = '', names = ''] = /^([+#./;?&]?)([\w.,:*%]+)$/.exec(text) ?? [];
  if (names === '') return undefined;
  switch (operator) {
    case '':
      return { not: /[/?#]/g, mayBeEmpty: false };
    case '+':
    case '/':
      return { not: /[?#]/g, mayBeEmpty: false };
    case '?':
    case '&':
      return { not: /#/g, begins: '?&', mayBeEmpty: true };
    default:
      return undefined;
  }
}
