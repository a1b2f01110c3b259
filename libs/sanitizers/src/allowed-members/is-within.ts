/** What leads out of a folder again, in one spelling or another; some servers cut `;…` off before they look. */
const leadsOut = /(?:^|\/)\.\.?(?:[/;]|$)|\\|%(?:2e|2f|5c)/i;
/** What the parser of URLs passes over in silence. */
const passedOver = /[\0-\u001f]|^ | $/;

/** Whether a URI is of the resource that was asked, in another spelling or as a part of it, or of one below it. */
export function isWithin(asked: string, uri: string): boolean {
  if (uri === asked) return true;
  const whole = normal(asked);
  const part = normal(uri)?.replace(/#.*$/, '');
  return whole !== undefined && part !== undefined && (part === whole || isBelow(whole, part));
}

function normal(uri: string): string | undefined {
  return passedOver.test(uri) ? undefined : URL.parse(uri)?.href;
}

/** Behind a query there is nothing below. */
function isBelow(whole: string, part: string): boolean {
  const folder = whole.endsWith('/') ? whole : `${whole}/`;
  return !whole.includes('?') && part.startsWith(folder) && !leadsOut.test(part.slice(folder.length));
}
