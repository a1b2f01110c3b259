/** A longer template, or URI, matches nothing: a server may write what it likes, and everybody waits while it is matched. */
const LONGEST = 2_048;

/** What an expression stands for: characters that it may not hold, and whether it may be empty. */
interface Expression {
  readonly not: string;
  readonly begins?: string;
  readonly mayBeEmpty: boolean;
}

/**
 * Whether a URI could have been made of a template (RFC 6570): a simple expression stands for a text without a slash, `{+name}`
 * and `{/name}` for any, `{?name}` and `{&name}` for a query, which may be absent. Other expressions match nothing.
 * Takes time in proportion to the lengths of both, multiplied.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  if (template.length > LONGEST || uri.length > LONGEST) return false;
  // Ends of what was matched so far: position 0 at first.
  let ends: readonly number[] = [0];
  for (const [at, part] of template.split(/\{([^{}]*)\}/).entries()) {
    const expression = at % 2 === 0 ? null : expressionOf(part);
    if (expression === undefined) return false;
    ends = expression === null ? afterText(part, uri, ends) : afterExpression(expression, uri, ends);
    if (ends.length === 0) return false;
  }
  return ends.includes(uri.length);
}

function afterText(text: string, uri: string, starts: readonly number[]): readonly number[] {
  return starts.filter((start) => uri.startsWith(text, start)).map((start) => start + text.length);
}

function afterExpression(
  { not, begins, mayBeEmpty }: Expression,
  uri: string,
  starts: readonly number[],
): readonly number[] {
  const started = new Set(starts);
  const ends = new Set(mayBeEmpty ? starts : []);
  let inside = false;
  for (let at = 0; at < uri.length; at += 1) {
    const character = uri.charAt(at);
    const opens = started.has(at) && (begins === undefined || begins.includes(character));
    inside = (inside || opens) && !not.includes(character);
    if (inside) ends.add(at + 1);
  }
  return [...ends];
}

/** Undefined for one that is not known. */
function expressionOf(text: string): Expression | undefined {
  const [, operator = '', names = ''] = /^([+#./;?&]?)([\w.,:*%]+)$/.exec(text) ?? [];
  if (names === '') return undefined;
  switch (operator) {
    case '':
      return { not: '/?#', mayBeEmpty: false };
    case '+':
    case '/':
      return { not: '?#', mayBeEmpty: false };
    case '?':
    case '&':
      return { not: '#', begins: '?&', mayBeEmpty: true };
    default:
      return undefined;
  }
}
