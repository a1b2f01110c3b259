import { lastGroup, type RedactionRule, type Span } from '../redaction.ts';

/** Schemes that run what they carry, in a browser or a chat client that shows results. */
const scripts =
  /^(?:javascript|vbscript|livescript|mocha|jscript):|^data:(?:text\/html|text\/xml|application\/xhtml\+xml|image\/svg\+xml)/;

const named: Readonly<Record<string, string>> = { tab: '', newline: '', colon: ':', lpar: '(', rpar: ')', nbsp: '' };
const destination = String.raw`([^\s<>"'()\]][^<>"'\n]{0,4096})`;

/** Source of an expression that matches whatever the rule could match, as cheaply as one can. */
export const linkSuspects = [
  String.raw`[sS][cC][rR][iI][pP][tT]\s*(?::|&)|[mM][oO][cC][hH][aA]|[dD][aA][tT][aA]:|&#|&[tT][aA][bB]|&[nN][eE][wW][lL]`,
  String.raw`|[jJvV][\t\r\n]|^(?:[uU][rR][iI]|[uU][rR][lL]|[hH][rR][eE][fF]|[sS][rR][cC])$`,
].join('');

/**
 * Links that run a script when they are followed: in Markdown (inline, reference, autolink) and in attributes of HTML. A
 * text about JavaScript has none.
 */
export const linkRule: RedactionRule = {
  kind: 'script_link',
  pattern: new RegExp(
    String.raw`\]\([ \t\n]{0,8}<?${destination}` +
      String.raw`|^[ ]{0,3}\[[^\]\n]{1,200}\]:[ \t]{0,8}<?${destination}` +
      String.raw`|<([A-Za-z&][^<>\s"']{0,4096})` +
      String.raw`|(?:href|src|action|formaction|data|poster|background)[ \t\n]{0,8}=[ \t\n]{0,8}["']?[ \t\n]{0,8}${destination}`,
    'gim',
  ),
  find: (match) => (isScript(valueOf(match)) ? cut(match) : null),
  example: `[self-check](${'java'}script:alert(1))`,
};

const linkMember = /^(?:uri|url|href|src)$/i;

/** Says whether a text is such a link as a whole: in a member for links any, elsewhere one without blanks, which prose has. */
export function isScriptAlone(text: string, member: string | null): boolean {
  const isLink = (member !== null && linkMember.test(member)) || !/\S \S/.test(text);
  return isLink && isScript(text);
}

/** Says whether a link is such a one, however it is written (WHATWG URL section 4.4: blanks and breaks don't count). */
function isScript(link: string): boolean {
  const plain = link
    .slice(0, 512)
    .replace(/&#x([0-9a-f]{1,6});?/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
    .replace(/&#([0-9]{1,7});?/g, (_, digits: string) => character(Number(digits)))
    .replace(/&([a-z]{3,7});/gi, (all, name: string) => named[name.toLowerCase()] ?? all)
    .replace(/[\u0000-\u0020\u00a0]/g, '');
  return scripts.test(plain.toLowerCase());
}

function character(point: number): string {
  return point <= 0x10ffff ? String.fromCodePoint(point) : '';
}

function valueOf(match: RegExpExecArray): string {
  return match.slice(1).find((group) => group !== undefined) ?? '';
}

/** In Markdown the link ends with the bracket that closes it, unless it opened one itself. */
function cut(match: RegExpExecArray): Span {
  const { start, end } = lastGroup(match);
  if (!match[0].startsWith('](')) return { start, end };
  let open = 0;
  for (let at = start; at < end; at++) {
    const sign = match.input[at];
    if (sign === '(') open++;
    if (sign === ')' && open-- === 0) return { start, end: at };
  }
  return { start, end };
}
