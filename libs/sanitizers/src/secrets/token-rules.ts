import { lastGroup, type RedactionRule, type Span } from '../redaction.ts';

/** Source of an expression that matches whatever one of these rules could match, as cheaply as one can. */
export const tokenSuspects = [
  'A[KS]IA|gh[pousr]_|github_pat|gl[a-z]{2,6}-|xox[a-z]-|xapp-|hooks\\.slack|[sr]k_(?:live|test)_|whsec_|AIza|GOCSPX-|ya29\\.',
  '|sk-|npm_|-----BEGIN|\\.eyJ|[78]Q~|SG\\.|hf_|pypi-|do[opr]_v1_|dckr_|dapi|shp[a-z]{2}_|hv[sb]\\.|sntr|gl[cs][a_]',
  '|lin_api|ntn_|figd_|sbp_|nfp_|rubygems_|PMAK-|NRAK-|ATATT|gsk_|xai-|pplx-|r8_|AGE-SECRET|:AA|_tkn_|nvapi-|tskey-|api\\/webhooks|1\\/\\/0|dp\\.',
].join('');

/** No key is longer; what follows is looked at again where this is none. */
const modelKey = /sk-[A-Za-z0-9_-]{20,256}/g;

/** Tokens that are told by their shape, wherever they stand. Examples are put together so that no scanner takes them for real ones. */
export const tokenRules: readonly RedactionRule[] = [
  {
    kind: 'private_key',
    pattern:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    example: `-----BEGIN ${'PRIVATE'} KEY-----\nMIIE\n-----END ${'PRIVATE'} KEY-----`,
  },
  rule('aws_access_key', /A[KS]IA[0-9A-Z]{16}/g, `AKIA${'Q'.repeat(16)}`),
  {
    kind: 'aws_secret_key',
    pattern: new RegExp(String.raw`aws_?secret_?access_?key\W{1,6}([A-Za-z0-9\/+]{40})`, 'gi'),
    find: lastGroup,
    example: `aws_secret_access_key = ${'k/'.repeat(20)}`,
  },
  rule('github_token', /gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}/g, `ghp_${'a'.repeat(36)}`),
  rule('gitlab_token', /gl(?:pat|ptt|dt|rt|ft|soat|cbt|agent|imt|ffct)-[A-Za-z0-9_-]{20,}/g, `glpat-${'a'.repeat(20)}`),
  rule(
    'slack_token',
    /xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g,
    `xoxb-${'1'.repeat(12)}`,
  ),
  rule('stripe_key', /[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,}/g, `sk_live_${'a'.repeat(24)}`),
  rule(
    'google_key',
    /AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20,}/g,
    `AIza${'a'.repeat(35)}`,
  ),
  { kind: 'model_key', pattern: modelKey, find: findModelKey, example: `sk-ant-${'aB3'.repeat(8)}` },
  rule(
    'model_service_key',
    /gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37}/g,
    `gsk_${'a'.repeat(52)}`,
  ),
  rule('hugging_face_token', /(?:hf|api_org)_[A-Za-z0-9]{34,}/g, `hf_${'a'.repeat(34)}`),
  rule('azure_client_secret', /[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}/g, `abc8Q~${'a'.repeat(34)}`),
  rule('sendgrid_key', /SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}/g, `SG.${'a'.repeat(22)}.${'b'.repeat(43)}`),
  rule('pypi_token', /pypi-[A-Za-z0-9_-]{50,}/g, `pypi-${'Ag'.repeat(40)}`),
  rule('digitalocean_token', /do[opr]_v1_[a-f0-9]{64}/g, `dop_v1_${'a1'.repeat(32)}`),
  rule('docker_token', /dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/g, `dckr_pat_${'a'.repeat(27)}`),
  rule('databricks_token', /dapi[a-f0-9]{32}/g, `dapi${'a1'.repeat(16)}`),
  rule('shopify_token', /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/g, `shpat_${'a1'.repeat(16)}`),
  rule('vault_token', /hv[sb]\.[A-Za-z0-9_-]{24,}/g, `hvs.${'a'.repeat(24)}`),
  rule(
    'grafana_token',
    /glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,}/g,
    `glsa_${'a'.repeat(32)}_${'b'.repeat(8)}`,
  ),
  rule(
    'service_token',
    /sntr(?:ys|yu)_[A-Za-z0-9+/=_-]{32,}|lin_api_[A-Za-z0-9]{32,}|ntn_[A-Za-z0-9]{40,}|figd_[A-Za-z0-9_-]{36,}|sbp_[a-f0-9]{40}|nfp_[A-Za-z0-9]{36,}|rubygems_[a-f0-9]{48}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27}|ATATT3[A-Za-z0-9_=-]{40,}|nvapi-[A-Za-z0-9_-]{40,}|tskey-[a-z]{2,12}-[A-Za-z0-9-]{20,}|discord(?:app)?\.com\/api\/webhooks\/\d{8,24}\/[A-Za-z0-9_-]{40,}|1\/\/0[A-Za-z0-9_-]{30,}|pscale_(?:tkn|pw)_[A-Za-z0-9_.-]{32,}|dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9]{40,}|AGE-SECRET-KEY-1[A-Z0-9]{58}/g,
    `lin_api_${'a'.repeat(40)}`,
  ),
  rule('telegram_token', /\d{8,10}:AA[A-Za-z0-9_-]{33}/g, `123456789:AA${'a'.repeat(33)}`),
  rule('npm_token', /npm_[A-Za-z0-9]{36}/g, `npm_${'a'.repeat(36)}`),
  {
    kind: 'jwt',
    pattern: /[A-Za-z0-9_.-]{24,}/g,
    find: findJwt,
    example: `eyJ${'a'.repeat(12)}.eyJ${'b'.repeat(12)}.${'c'.repeat(12)}`,
  },
];

function rule(kind: string, pattern: RegExp, example: string): RedactionRule {
  return { kind, pattern, example };
}

/** `risk-`, `task-` and `disk-` end like a key begins, and so do words with hyphens: a key is no word and none of its parts is. */
function findModelKey({ 0: key, index, input }: RegExpExecArray): Span | null {
  const parts = key.slice(3).split(/[-_]/);
  const random = parts.filter(isRandom).join('').length;
  const isWhole = /^sk-(?:ant|proj|or|svcacct|admin)-/.test(key) || !/[A-Za-z0-9]/.test(input.charAt(index - 1));
  if (isWhole && random * 2 >= parts.join('').length) return { start: index, end: index + key.length };
  modelKey.lastIndex = index + 3;
  return null;
}

/** Letters and digits mixed, or longer than words are. */
function isRandom(part: string): boolean {
  return part.length >= 24 || (/\d/.test(part) && /[a-z]/i.test(part));
}

/** Within a run of token characters: two parts that are base64url of `{"…`, and a signature (RFC 7519, RFC 7515). */
function findJwt({ 0: run, index }: RegExpExecArray): Span | null {
  for (let payload = run.indexOf('.eyJ'); payload >= 0; payload = run.indexOf('.eyJ', payload + 1)) {
    const header = run.indexOf('eyJ', run.lastIndexOf('.', payload - 1) + 1);
    const signature = run.indexOf('.', payload + 4);
    if (signature < 0) return null;
    if (payload - header < 8 || signature - payload < 8) continue;
    const next = run.indexOf('.', signature + 1);
    return { start: index + header, end: index + (next < 0 ? run.length : next) };
  }
  return null;
}
