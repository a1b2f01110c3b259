import type { ClientRequestsConfig, JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { asksForCredential, namesCredential } from './credential-words.ts';
import { type Form, readForm } from './form.ts';
import { labelled, namesSallyport } from './label.ts';
import { textIn } from './read-values.ts';
import { type Given, invalid, notAsked, type Reading, type RequestKind } from './reading.ts';

const LONGEST_URL = 2_048;
/** Nobody reads a longer form. */
const MOST_CHARACTERS = 16_000;

/** `elicitation/create` (2025-11-25, client/elicitation): a form for the user, or an address to go to. */
export const elicitation: RequestKind = {
  method: 'elicitation/create',
  missing(params, granted) {
    if (params['mode'] === 'url')
      return (granted?.elicitation?.url_hosts ?? []).length > 0 ? null : 'elicitation: { url_hosts: [<host>] }';
    return granted?.elicitation?.forms === true ? null : 'elicitation: { forms: true }';
  },
  canAnswer(params, capabilities) {
    const declared = capabilities['elicitation'];
    if (!isObject(declared)) return false;
    if (params['mode'] === 'url') return isObject(declared['url']);
    return Object.keys(declared).length === 0 || isObject(declared['form']);
  },
  prepare(params, { upstream, granted, elicitationId }) {
    const message = textIn(params, 'message') ?? '';
    switch (params['mode'] ?? 'form') {
      case 'form':
        return formReading(params, upstream, message);
      case 'url':
        return urlReading(
          elicitationId === undefined ? params : { elicitationId, ...params },
          { upstream, hosts: granted.elicitation?.url_hosts ?? [] },
          message,
        );
      default:
        return notAsked('malformed', 'mode must be form or url.');
    }
  },
  keep: ({ requestedSchema }) => (requestedSchema === undefined ? {} : { requestedSchema }),
  read({ requestedSchema }, answer) {
    const form = requestedSchema === undefined ? null : readForm(requestedSchema);
    return form === null ? pageAnswer(answer) : formAnswer(form, answer);
  },
};

function formReading(params: JsonObject, upstream: string, message: string): Reading {
  const schema = params['requestedSchema'];
  const texts = textsIn(schema);
  if ([message, ...texts].reduce((sum, text) => sum + charactersOf(text), 0) > MOST_CHARACTERS)
    return notAsked('too_large', `A form may have ${MOST_CHARACTERS} characters of text.`);
  const form = readForm(schema);
  // Asked first, so that a form that is none because of it (`format: password`, fields within fields) is refused for this.
  if (form === null ? asksAnywhere([message, ...texts]) : asksInFields(form, schema, message))
    return notAsked('asks_for_credential', credentials);
  if (form === null) return notAsked('malformed', noForm);
  if ([message, ...texts].some(namesSallyport)) return notAsked('imitates_sallyport', ourName);
  const shown = { message: labelled(upstream, 'asks you', message), requestedSchema: form.schema };
  return { kind: 'shown', params: { mode: 'form', ...shown }, changes: [] };
}

/** Of what is no form nobody can say which of its texts stand at a field. */
function asksAnywhere(texts: readonly string[]): boolean {
  return texts.some(asksForCredential);
}

/** Where nothing can be typed, nothing can be given away: "Reset the password of bob?" is a question like others. */
function asksInFields(form: Form, schema: JsonValue | undefined, message: string): boolean {
  if (form.open.length === 0) return false;
  const members = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const open = form.open.flatMap((name) => [name, ...textsIn(members[name])]);
  // A title beside an open field can ask for what is to be typed there.
  return [message, ...open].some(asksForCredential) || textsIn(schema).some(namesCredential);
}

const ourName = 'What clients are asked may not contain the name Sallyport: write it without.';
const credentials =
  'Passwords, keys, codes and the like are not asked for in forms. Where the user must give one, send them to a page of your own (mode url).';
const noForm =
  'requestedSchema must be a flat object of texts, numbers, booleans and choices, as the protocol has it, with at most 30 fields.';

/** As many as it is compared with: one character may stand for a whole word. */
function charactersOf(text: string): number {
  return text.normalize('NFKD').length;
}

/** Every name and text of a schema, however deep. */
function textsIn(schema: JsonValue | undefined): readonly string[] {
  const texts: string[] = [];
  const left: (JsonValue | undefined)[] = [schema];
  for (let value = left.pop(); left.length > 0 || value !== undefined; value = left.pop()) {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) left.push(...value);
    else if (isObject(value)) {
      texts.push(...Object.keys(value));
      left.push(...Object.values(value));
    }
  }
  return texts;
}

function urlReading(
  params: JsonObject,
  {
    upstream,
    hosts,
  }: { readonly upstream: string; readonly hosts: NonNullable<ClientRequestsConfig['elicitation']>['url_hosts'] },
  message: string,
): Reading {
  const url = addressOf(textIn(params, 'url') ?? '', hosts);
  const elicitationId = textIn(params, 'elicitationId');
  if (url === null)
    return notAsked(
      'url_not_granted',
      `url must be an https address of a host in url_hosts (${hosts.join(', ')}), without user name and port.`,
    );
  if (elicitationId === undefined || !/^[\x21-\x7e]{1,256}$/.test(elicitationId))
    return notAsked('malformed', 'elicitationId must be 1 to 256 characters without spaces.');
  if (namesSallyport(message)) return notAsked('imitates_sallyport', ourName);
  const shown = { message: labelled(upstream, `sends you to ${url.hostname}`, message), url: url.href, elicitationId };
  return { kind: 'shown', params: { mode: 'url', ...shown }, changes: [] };
}

/** Exactly one of the hosts, by https, at its own port, without credentials, and written as it is read. */
function addressOf(text: string, hosts: readonly string[]): URL | null {
  if (text.length > LONGEST_URL || !/^https:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '' && url.port === '';
  return plain && hosts.includes(url.hostname) ? url : null;
}

function formAnswer(form: Form, answer: JsonObject): Given {
  if (answer['action'] !== 'accept') return pageAnswer(answer);
  const content = form.read(answer['content']);
  return content === null ? invalid : { outcome: 'accepted', result: { action: 'accept', content } };
}

function pageAnswer({ action }: JsonObject): Given {
  if (action === 'accept') return { outcome: 'accepted', result: { action } };
  if (action === 'decline') return { outcome: 'declined', result: { action } };
  return action === 'cancel' ? { outcome: 'cancelled', result: { action } } : invalid;
}
