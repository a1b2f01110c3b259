/** What stands in documents and code in the place of a secret. */
const placeholders: readonly RegExp[] = [
  /^\$[A-Z_][A-Z0-9_]*$|^\$[a-z_][a-z0-9_]*$/, // a variable of a shell
  /^\$?\{.*\}$|^\$\(.*\)$|^\$env:\w+$/i, // ${NAME}, {name}, {{ name }}, $(command)
  /^%[A-Za-z_]\w*%$|^<.*>$|^\[.*\]$/, // %NAME%, <password>, [redacted]
  /^([*x.•_-])\1*$/i, // ****, xxxx
  /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+;?$/, // config.apiKey
  /^[\w$.:]+\(.*$/, // getToken()
  /^(?:your|my|example|sample|dummy|fake|placeholder)(?:[-_ ].*)?$/i,
];

/** Says whether a value only stands for a secret: a variable, a template, a mask, an expression of code. */
export function isPlaceholder(value: string): boolean {
  return placeholders.some((placeholder) => placeholder.test(value));
}

/** What has digits and is no secret. */
const ordinary: readonly RegExp[] = [
  /^[a-z][a-z0-9+.-]*:\/\//i, // a link
  /^[~.]?[\w.-]*(?:[\/\\][\w.-]+)+$/, // a path
  /^\d+[a-z]{1,8}$/, // 30days
  /^[A-Z]{2,}-?\d+$/, // SHA-256
  /^[a-z]+(?:[-_.][a-z0-9]+)+$/, // db-credentials-v2
];

/** Says whether a value looks like no word of a language: letters with digits or signs, or capitals here and there. */
export function looksRandom(value: string): boolean {
  if (value.length < 6 || !/[A-Za-z]/.test(value) || ordinary.some((form) => form.test(value))) return false;
  if (/\d/.test(value)) return true;
  return /[!$%^&*#@?+=~]/.test(value.slice(0, -1)) || /[A-Z]{2,}[a-z]+[A-Z]{2,}|[a-z][A-Z]{2,}[a-z]/.test(value);
}
