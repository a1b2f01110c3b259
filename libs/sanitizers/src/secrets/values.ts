const roots =
  'process\\.env|import\\.meta|os\\.environ|env|config|settings|secrets|options|opts|args|params|context|ctx|req|request|self|this';

/** What a template, a shell or a mask puts in the place of a secret. */
const templates: readonly RegExp[] = [
  /^\$[A-Z_][A-Z0-9_]*$|^\$[a-z]+(?:_[a-z]+)+$|^\$(?:password|passwd|pass|pwd|token|secret|key)$/, // a variable of a shell
  /^\$\{[^}]*\}$|^\{\{[^}]*\}\}$|^\{[A-Za-z_][\w.-]*\}$|^\$\([^)]*\)$|^\$env:\w+$/i, // ${NAME}, {{ name }}, {name}, $(command)
  /^%[A-Za-z_]\w*%$|^<[A-Za-z_ -]+>$|^\[[A-Za-z_ -]+\]$/, // %NAME%, <password>, [hidden]
  /^([*x.•_-])\1*$/i, // ****, xxxx
];

/** What stands there in documents and code. */
const stand: readonly RegExp[] = [
  new RegExp(`^(?:${roots})(?:\\??\\.[\\w$]+)*[(\\[]?;?$`), // config.apiKey, os.environ[
  /^[A-Za-z_$][\w$.]*\((?:(?:["'][^"']*["']|[A-Za-z_$][\w$]*)?\))?;?$/, // getToken(), get( before a quote
  /^[A-Z]+(?:[_-][A-Z]+)+$/, // YOUR_TOKEN_HERE
  /^(?:your|my|example|sample|dummy|fake|placeholder|change)(?:[-_ ]?[a-z]+)*(?:[-_]\d{1,2})?$/i,
  /^(?:true|false|none|null|nil|undefined|required|optional|expired|invalid|missing|unset|string|yes|no)$/i,
];

/** A message about a secret, such as that it is too short. */
const sentence =
  /^(?:(?:the |your |this )?(?:password|passphrase|secret|token|key) )?(?:must|should|is|was|cannot|can|has|have|needs?|too|not|please|enter|click|choose|confirm|reset|change|forgot|incorrect|invalid|wrong|missing|required)\b(?: \S+){2}/i;

/** Says whether the value of a member only stands for a secret: a variable, a template, a mask, a word for none. */
export function isTemplate(value: string): boolean {
  return (
    templates.some((form) => form.test(value)) ||
    sentence.test(value) ||
    /^(?:true|false|none|null|required|optional|expired)$/i.test(value)
  );
}

/** Says whether what stands for a secret in a text is none: a template, an expression of code, a word of a document. */
export function isPlaceholder(value: string): boolean {
  return isTemplate(value) || stand.some((form) => form.test(value));
}

/** What has digits or signs and is no secret. */
const ordinary: readonly RegExp[] = [
  /^[a-z][a-z0-9+.-]*:\/\//i, // a link
  /^[~.]?[\w.-]*(?:[\/\\][\w.-]+)+$/, // a path
  /^\d+[a-z]{1,8}$/, // 30days
  /^[A-Z]{2,}-?\d+$|^[Bb]ase\d\d$/, // SHA-256
  /^[a-z]+(?:[-_.][a-z0-9]+)+$/, // db-credentials-v2
  /^![\w-]+$/, // a tag of YAML
];

/** Says whether a value looks like no word of a language: letters with digits or signs, or capitals here and there. */
export function looksRandom(value: string): boolean {
  if (value.length < 6 || !/[A-Za-z]/.test(value) || ordinary.some((form) => form.test(value))) return false;
  if (/\d/.test(value)) return true;
  return /[!$%^&*#@?+=~]/.test(value.slice(0, -1)) || /[A-Z]{2,}[a-z]+[A-Z]{2,}|[a-z][A-Z]{2,}[a-z]/.test(value);
}
